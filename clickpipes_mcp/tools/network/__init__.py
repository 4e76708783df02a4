"""Private ways to a source: reverse private endpoints, and the identity a service has at Google."""
