"""Tables for the programs of an office: one workbook and CSV files, from the exact tables.

``tables/*.parquet`` hold every number in full, by names that programs know. What people open is
made of them here and nowhere else: words for columns, units in the heads, per cents as pages have
them, numbers with as many decimals as their error leaves (:mod:`.columns` says what each is).
"""
