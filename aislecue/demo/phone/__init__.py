"""The reference phone client: what a retailer's app ports to Swift or Kotlin, over real HTTP (SPEC 8, docs/architecture.md)."""

from aislecue.demo.phone.client import Phone
from aislecue.demo.phone.ranging import Heard
from aislecue.demo.phone.regions import Region

__all__ = ["Heard", "Phone", "Region"]
