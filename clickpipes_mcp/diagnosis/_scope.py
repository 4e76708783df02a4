"""The kinds of source that rules are about, under the API's keys.

Source: OpenAPI contract, ClickPipePostSource; the types are values of the arm's `type`.
"""

KAFKA = ("kafka",)
KINESIS = ("kinesis",)
PUBSUB = ("pubsub",)
OBJECTS = ("objectStorage",)
POSTGRES = ("postgres",)
MYSQL = ("mysql",)
MONGODB = ("mongodb",)
BIGQUERY = ("bigquery",)
CHANGE_CAPTURE = (*POSTGRES, *MYSQL, *MONGODB)

EVENT_HUBS = ("azureeventhub",)
WARPSTREAM = ("warpstream",)
REDPANDA = ("redpanda",)
MSK = ("msk",)
GCS = ("gcs",)
S3 = ("s3", "dospaces", "cloudflarer2", "ovhobjectstorage")
"""What speaks the protocol of S3."""

AZURE_BLOB = ("azureblobstorage",)
