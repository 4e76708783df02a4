"""What pipes are charged for, by the kind of pipe.

Source: ClickHouse Cloud documentation on the billing of ClickPipes.
"""

from clickpipes_mcp.source_facts import Charges, Compute

STREAM_CHARGES = Charges(Compute.REPLICAS, ingested_gb_usd=0.04)
FILE_CHARGES = Charges(Compute.SIZED_ONCE)
DATABASE_CHARGES = Charges(Compute.SHARED, loaded_gb_usd=0.10, replicated_gb_usd=0.20)
