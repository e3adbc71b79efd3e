"""The fleet's part of the MQTT door, put together: configurations that stand, questions, revoked gateways, renewals (composition)."""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from sqlalchemy import Engine

from protocol.clock import Clock
from protocol.renewal import Renewal, Renewed
from protocol.topics import GatewayAddress
from store_server.db.session import reading, writing
from store_server.fleet.authority import open_authority
from store_server.fleet.bundles import keep_answers, open_requests
from store_server.fleet.config import config_topic, standing_configs
from store_server.fleet.enrolment import broker_user
from store_server.fleet.errors import BadRequest, FleetError
from store_server.fleet.renewal import renew
from store_server.fleet.revocation import stand_in
from store_server.intake.asking import Answers, Questions
from store_server.intake.broker import Broker, connected
from store_server.intake.errors import BrokerFault
from store_server.intake.exit import ShowOut, nobody_is_shown_out
from store_server.intake.fleet_side import FleetSide, Renew
from store_server.intake.standing import Standing
from store_server.parts import BROKER, Part, noting

log = logging.getLogger(__name__)


def open_fleet_side(database: Engine, data_dir: Path, clock: Clock, broker: Broker) -> FleetSide:
    """Return what the door asks of the fleet, in this database."""
    return FleetSide(
        standing=_standing(database, data_dir, clock),
        questions=_questions(database, clock),
        show_out=_show_out(data_dir, clock, broker),
        renew=_renew(database, data_dir, clock),
        note=noting(database, Part(BROKER, broker.client_id), clock),
    )


def _standing(database: Engine, data_dir: Path, clock: Clock) -> Standing:
    """Return what says every enrolled gateway's configuration, as it stands signed at the broker."""

    def read() -> Mapping[str, bytes]:
        with reading(database) as session:
            return standing_configs(session, data_dir, clock.now())

    async def standing() -> Mapping[str, bytes]:
        return await asyncio.to_thread(read)

    return standing


def _questions(database: Engine, clock: Clock) -> Questions:
    """Return what operators ask of gateways, and where the answers are kept."""

    def read() -> Mapping[str, Sequence[bytes]]:
        with reading(database) as session:
            return open_requests(session, clock.now())

    def keep(answers: Answers) -> None:
        with writing(database) as session:
            keep_answers(session, answers, clock.now())

    async def waiting() -> Mapping[str, Sequence[bytes]]:
        return await asyncio.to_thread(read)

    async def answered(answers: Answers) -> None:
        await asyncio.to_thread(keep, answers)

    return Questions(waiting, answered)


def _show_out(data_dir: Path, clock: Clock, broker: Broker) -> ShowOut:
    """Return what ends a revoked gateway's connection; a broker that asks for no certificates revokes none."""
    if broker.ca_file is None:
        return nobody_is_shown_out

    async def show_out(address: GatewayAddress) -> None:
        try:
            async with stand_in(data_dir, address, clock.now()) as own:
                there = replace(
                    broker, client_id=broker_user(address), cert_file=own.certificate, key_file=own.key
                )
                async with connected(there, config_topic(address)):
                    pass  # the broker has hung up on whoever had this name
        except (FleetError, OSError) as fault:
            raise BrokerFault(str(fault)) from fault

    return show_out


def _renew(database: Engine, data_dir: Path, clock: Clock) -> Renew:
    """Return what answers gateways whose certificate is about to run out."""

    def answer(address: GatewayAddress, asked: Renewal) -> Renewed:
        now = clock.now()
        try:
            with writing(database) as session:
                issued = renew(session, open_authority(data_dir, now), address, asked, now)
        except BadRequest as fault:
            log.warning("gateway %s/%s: its certificate is not renewed: %s", *address, fault)
            return Renewed(refused=str(fault))
        log.info("gateway %s/%s: its certificate is renewed", *address)
        return Renewed(certificate=issued.certificate)

    async def renewed(address: GatewayAddress, asked: Renewal) -> Renewed:
        return await asyncio.to_thread(answer, address, asked)

    return renewed
