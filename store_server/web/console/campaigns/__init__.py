"""Campaigns as pages: read as sentences, published, compared, counted over last week."""
