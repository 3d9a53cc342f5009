"""The loan service layer: every use case of borrowers, officers and the operator. It knows nothing of Telegram.

`services.assembly` puts the services together; `services.engine` is the pure arithmetic and needs none of them.
"""
