"""Column types of the migrations: what stands in them must not change with the code."""

from __future__ import annotations

import sqlalchemy as sa

TIME = sa.TIMESTAMP(timezone=True)
SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
