"""What can be seen of a pipe, gathered as the facts that diagnosis works on."""
