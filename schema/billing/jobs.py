"""Schedule that completes payments."""

from datetime import timedelta

import structlog

from graphql_app.jobs.declarations import ScheduledRun, scheduled
from schema.billing.payment_sweeper import sweep

log = structlog.get_logger("workline.payments")


@scheduled("completePayments", lambda settings: settings.sweep_period)
async def complete_payments(run: ScheduledRun) -> None:
    """Complete payments that have been pending for the period of the settings."""
    swept = await sweep(run.services.payments, timedelta(seconds=run.settings.sweep_period))
    if swept.found:
        log.info("swept payments", found=swept.found, finished=swept.finished)
