"""Several officers record at once, some are killed, and a reader follows: nothing acknowledged is lost or doubled."""
