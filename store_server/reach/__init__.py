"""Who would have got a campaign last week: the kept week played again, with it and without it."""
