"""Every table in one place (ARCHITECTURE, law 4: the only durable record). Instants are whole milliseconds since 1970, UTC.

A `table=True` class does not validate: never accept one as input. The shopper's id leads every hot table's key.
"""

from store_server.db.alerts import Alert, AlertSilence
from store_server.db.bundles import GatewayBundle
from store_server.db.conditions import BeaconLevel, BeaconSign, EquipmentCondition, FleetLook, StoreCondition
from store_server.db.coupons import Coupon, CouponSource
from store_server.db.drafts import FormDraft
from store_server.db.enrolment import GatewayCertificate, GatewayCode
from store_server.db.floor import (
    FloorPicture,
    Gateway,
    GatewayMessage,
    HelpCall,
    Presence,
    PresenceChange,
    TagZone,
)
from store_server.db.messages import (
    Budget,
    CampaignRevision,
    DecisionRow,
    NearMiss,
    Outbox,
    PlanRevision,
    Receipt,
)
from store_server.db.parts import PhoneCount, ServerPart
from store_server.db.people import History, Install, PushAddress, ShopperRow, ShopperStateRow, Sighting
from store_server.db.phones import OwnPhone, PhoneCode, Trial
from store_server.db.places import StorePlace
from store_server.db.reach import ReachCount
from store_server.db.review import CampaignReview
from store_server.db.upkeep import Account, Audit, ConsoleSession, IgnoredCount, Lease, ServerKey

__all__ = [
    "Account",
    "Alert",
    "AlertSilence",
    "Audit",
    "BeaconLevel",
    "BeaconSign",
    "Budget",
    "CampaignReview",
    "CampaignRevision",
    "ConsoleSession",
    "Coupon",
    "CouponSource",
    "DecisionRow",
    "EquipmentCondition",
    "FleetLook",
    "FloorPicture",
    "FormDraft",
    "Gateway",
    "GatewayBundle",
    "GatewayCertificate",
    "GatewayCode",
    "GatewayMessage",
    "HelpCall",
    "History",
    "IgnoredCount",
    "Install",
    "Lease",
    "NearMiss",
    "Outbox",
    "OwnPhone",
    "PhoneCode",
    "PhoneCount",
    "PlanRevision",
    "Presence",
    "PresenceChange",
    "PushAddress",
    "ReachCount",
    "Receipt",
    "ServerKey",
    "ServerPart",
    "ShopperRow",
    "ShopperStateRow",
    "Sighting",
    "StoreCondition",
    "StorePlace",
    "TagZone",
    "Trial",
]
