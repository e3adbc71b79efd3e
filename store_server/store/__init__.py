"""The hot path's port to the database and its adapters: arrays in, arrays out, no ORM."""
