"""The file side of the offline commands: campaign folders, shoppers, sightings, history, presence."""
