"""Every router of the app's and the retailer's door, for the composition root to mount."""

from typing import Final

from fastapi import APIRouter

from store_server.web.api import (
    app_config,
    check_ins,
    consents,
    conversions,
    help_calls,
    inbox,
    installs,
    me,
    own_phones,
    receipts,
    shoppers,
    sightings,
    stream,
    why,
)

ROUTERS: Final[tuple[APIRouter, ...]] = tuple(
    module.router
    for module in (
        app_config,
        installs,
        consents,
        sightings,
        check_ins,
        inbox,
        stream,
        receipts,
        help_calls,
        why,
        me,
        own_phones,
        shoppers,
        conversions,
    )
)
