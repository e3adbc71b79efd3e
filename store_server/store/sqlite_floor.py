"""SQLite's side of the gateways' transaction: messages taken in, presence, silence, zones of tags."""

import sqlite3
from collections.abc import Collection, Sequence

from protocol.identity import BeaconIdentity
from protocol.instants import SECOND, Instant
from store_server.store.rows import (
    GatewayKey,
    GatewaySigns,
    MessageKey,
    PresenceChangeRow,
    PresenceRow,
    TagZoneRow,
)
from store_server.store.sqlite_rows import columns, insert, upsert

LEAST_LATE_OF_MS: Instant = 10 * SECOND
"""A message that waited somewhere is late and says nothing of a clock; a live one comes at least this often (SPEC 7)."""

_PUT_PRESENCE = upsert("presence", PresenceRow, ("store", "gateway", "uuid", "major", "minor"))
_PRESENCE_OF = f"SELECT {columns(PresenceRow)} FROM presence WHERE store = ? AND gateway = ?"  # noqa: S608  (names are ours)
_PRESENCE_AT = f"{_PRESENCE_OF} AND uuid = ? AND major = ? AND minor = ?"
_ADD_CHANGE = insert("presence_change", PresenceChangeRow) + " ON CONFLICT DO NOTHING"
_CHANGE = f"""SELECT {columns(PresenceChangeRow)} FROM presence_change
    WHERE store = ? AND gateway = ? AND uuid = ? AND major = ? AND minor = ? AND learned_at <= ?"""  # noqa: S608  (names are ours)
_CHANGE_BEFORE = _CHANGE + " AND at < ? ORDER BY at DESC, seq DESC LIMIT 1"
_CHANGES_FROM = _CHANGE + " AND at >= ? AND at < ? ORDER BY at, seq"
_SIGNS = f"SELECT {columns(GatewaySigns)} FROM gateway WHERE store = ? AND id = ?"  # noqa: S608  (names are ours)
_PUT_TAG = upsert("tag_zone", TagZoneRow, ("uuid", "major", "minor"))
_TAG_ZONE = f"SELECT {columns(TagZoneRow)} FROM tag_zone WHERE uuid = ? AND major = ? AND minor = ?"  # noqa: S608  (names are ours)
_PLACED_TAGS = f"""SELECT {columns(TagZoneRow)} FROM tag_zone
    WHERE store = ? AND zone IS NOT NULL ORDER BY uuid, major, minor"""  # noqa: S608  (names are ours)
_REVOKED = """SELECT 1 FROM gateway_certificate WHERE store = ? AND gateway = ?
    GROUP BY store, gateway HAVING max(revoked_at) IS NOT NULL AND max(revoked_at IS NULL AND expires_at > ?) = 0"""
_KNOWN = "SELECT 1 FROM gateway_message WHERE store = ? AND gateway = ? AND boot = ? AND seq = ?"


class SqliteFloor:
    """Implements store_server.store.port.FloorTransaction on an open transaction."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection

    def known_messages(self, keys: Collection[MessageKey]) -> set[MessageKey]:
        return {key for key in keys if self._db.execute(_KNOWN, key).fetchone() is not None}

    def add_gateway_messages(self, keys: Collection[MessageKey], now: Instant) -> None:
        self._db.executemany(
            "INSERT INTO gateway_message (store, gateway, boot, seq, received_at) VALUES (?, ?, ?, ?, ?)",
            [(*key, now) for key in keys],
        )

    def presence_of(self, gateway: GatewayKey) -> dict[BeaconIdentity, PresenceRow]:
        rows = (PresenceRow(*row) for row in self._db.execute(_PRESENCE_OF, gateway))
        return {row.identity: row for row in rows}

    def presence_among(
        self, gateway: GatewayKey, identities: Collection[BeaconIdentity]
    ) -> dict[BeaconIdentity, PresenceRow]:
        found = (self._db.execute(_PRESENCE_AT, (*gateway, *one)).fetchone() for one in identities)
        rows = (PresenceRow(*row) for row in found if row is not None)
        return {row.identity: row for row in rows}

    def put_presence(self, rows: Sequence[PresenceRow]) -> None:
        self._db.executemany(_PUT_PRESENCE, rows)

    def add_presence_changes(self, rows: Sequence[PresenceChangeRow]) -> None:
        self._db.executemany(_ADD_CHANGE, rows)

    def presence_changes(
        self, gateway: GatewayKey, identity: BeaconIdentity, since: Instant, until: Instant, now: Instant
    ) -> list[PresenceChangeRow]:
        which = (*gateway, *identity, now)
        rows = self._db.execute(_CHANGE_BEFORE, (*which, since)).fetchall()
        rows += self._db.execute(_CHANGES_FROM, (*which, since, until)).fetchall()
        return [PresenceChangeRow(*row) for row in rows]

    def put_gateway_presence(self, gateway: GatewayKey, now: Instant) -> None:
        self._db.execute(
            "INSERT INTO gateway (store, id, status, presence_at) VALUES (?, ?, 'online', ?3)"
            " ON CONFLICT (store, id) DO UPDATE SET presence_at = ?3, silent_since = NULL",
            (*gateway, now),
        )

    def put_gateway_status(self, gateway: GatewayKey, status: str, now: Instant) -> None:
        # A retained status comes again with every reconnect of ours: `since` stays until the word changes.
        self._db.execute(
            "INSERT INTO gateway (store, id, status, status_at) VALUES (?1, ?2, ?3, ?4)"
            " ON CONFLICT (store, id) DO UPDATE SET"
            " status_at = CASE WHEN status = ?3 AND status_at IS NOT NULL THEN status_at ELSE ?4 END, status = ?3",
            (*gateway, status, now),
        )

    def put_gateway_health(self, gateway: GatewayKey, health: bytes, now: Instant) -> None:
        self._db.execute(
            "INSERT INTO gateway (store, id, status, health, health_at) VALUES (?1, ?2, 'online', ?3, ?4)"
            " ON CONFLICT (store, id) DO UPDATE SET health = ?3, health_at = ?4",
            (*gateway, health.decode(), now),
        )

    def revoked_among(self, gateways: Collection[GatewayKey], now: Instant) -> set[GatewayKey]:
        return {one for one in gateways if self._db.execute(_REVOKED, (*one, now)).fetchone() is not None}

    def put_gateway_clock(
        self, gateway: GatewayKey, ahead_ms: int | None, tolerated_ms: int, now: Instant
    ) -> None:
        self._db.execute(
            "UPDATE gateway SET clock_ahead_ms = ?3, clock_at = ?4,"
            " clock_off_since = CASE WHEN abs(?3) >= ?5 THEN COALESCE(clock_off_since, ?4) END"
            " WHERE store = ?1 AND id = ?2"
            " AND (clock_ahead_ms IS NULL OR ?3 IS NULL OR ?3 >= clock_ahead_ms OR clock_at <= ?4 - ?6)",
            (*gateway, ahead_ms, now, tolerated_ms, LEAST_LATE_OF_MS),
        )

    def put_gateway_spool(self, gateway: GatewayKey, dropped: int, fault: bool, now: Instant) -> None:
        self._db.execute(
            "UPDATE gateway SET spool_dropped = ?3, spool_full_since ="
            " CASE WHEN ?4 OR ?3 > spool_dropped THEN COALESCE(spool_full_since, ?5) END"
            " WHERE store = ?1 AND id = ?2",
            (*gateway, dropped, fault, now),
        )

    def gateway_signs(self, gateway: GatewayKey) -> GatewaySigns | None:
        row = self._db.execute(_SIGNS, gateway).fetchone()
        return None if row is None else GatewaySigns(*row)

    def fallen_silent(self, before: Instant) -> list[tuple[GatewayKey, Instant]]:
        found = self._db.execute(
            "SELECT store, id, presence_at FROM gateway WHERE presence_at <= ? AND silent_since IS NULL"
            " ORDER BY store, id",
            (before,),
        )
        return [(GatewayKey(store, gateway), at) for store, gateway, at in found]

    def mark_silent(self, gateway: GatewayKey, since: Instant) -> None:
        self._db.execute("UPDATE gateway SET silent_since = ? WHERE store = ? AND id = ?", (since, *gateway))

    def placed_tags(self, store: str) -> list[TagZoneRow]:
        return [TagZoneRow(*row) for row in self._db.execute(_PLACED_TAGS, (store,))]

    def tag_zones(self, identities: Collection[BeaconIdentity]) -> dict[BeaconIdentity, TagZoneRow]:
        found = (self._db.execute(_TAG_ZONE, one).fetchone() for one in identities)
        rows = (TagZoneRow(*row) for row in found if row is not None)
        return {row.identity: row for row in rows}

    def put_tag_zones(self, rows: Sequence[TagZoneRow]) -> None:
        self._db.executemany(_PUT_TAG, rows)
