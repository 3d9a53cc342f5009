"""What the nightly check of the books found, for the desk."""

from datetime import date

from bot.announcements import Announcement, Announcing, announces


@announces("consistency_findings")
async def consistency_findings(a: Announcing) -> Announcement:
    """How many of what. The cases themselves are for the operator, and stand in the log."""
    counted = a.param("findings", tuple)
    lines = [
        a.t("desk.check_found", day=a.param("day", date)),
        "",
        *(a.t("desk.check_line", what=what, count=count) for what, count in counted),
        "",
        a.t("desk.check_advice"),
    ]
    return Announcement("\n".join(lines))
