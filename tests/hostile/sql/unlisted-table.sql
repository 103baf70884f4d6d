SELECT secret FROM unlisted_table
