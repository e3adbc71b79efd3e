"""The rules against a grocer's real year of campaigns and redemptions."""
