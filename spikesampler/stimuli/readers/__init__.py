"""A file for each format of tables, which gives a `Table`; `stimuli.sources.tables` asks them."""
