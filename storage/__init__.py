"""What is kept, and how: tables, rows, transactions, migrations. The only room that knows SQL."""
