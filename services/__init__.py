"""The loan service layer: every use case of borrowers, officers and the operator. It knows nothing of Telegram.

A room for each part of the business: `configuration`, `people`, `origination`, `documents`, `lending`, `extensions`,
`repayment`, `reminders`, `messages`, `desk`, `audit`, `safekeeping`. What every room uses stands beside them.
`services.assembly` puts the services together; `services.engine` is the pure arithmetic and needs none of them.
"""
