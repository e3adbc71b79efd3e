"""The app's and the retailer's door (SPEC 8): one router a file."""
