"""The query endpoint of a service: enough SQL for the tables that tell how pipes fare.

Understood is one `SELECT`, `DESCRIBE TABLE`, `EXISTS TABLE` or `SHOW TABLES`. A select takes
columns, literals, arithmetic, the functions in `functions`, aggregates with `GROUP BY`, `WHERE`
with `AND`, `OR`, `NOT`, comparisons, `LIKE`, `IN`, `BETWEEN` and `IS NULL`, `ORDER BY`, `LIMIT`,
`OFFSET`, `FINAL`, `SETTINGS` and `FORMAT`. Everything else is refused as a syntax error.
"""
