"""Second factors in a transaction."""

from __future__ import annotations

from security.proof import SecondFactor
from storage.rows.bound import Bound, values
from storage.tables import second_factors as t


class SecondFactorRows(Bound):
    """Implements `security.ports.SecondFactors`."""

    def get(self, account_id: str, *, lock: bool = False) -> SecondFactor | None:
        """An account's, confirmed or not."""
        return self._find(SecondFactor, t.second_factors, lock=lock, account_id=account_id)

    def add(self, factor: SecondFactor) -> bool:
        """Add it; False when the account has one, which stays."""
        return self._add_new(t.second_factors, values(factor), "account_id")

    def put(self, factor: SecondFactor) -> None:
        """Write it over the one the account has, if any."""
        self._put(t.second_factors, values(factor), "account_id")

    def remove(self, account_id: str) -> bool:
        """Take it away; False when there was none."""
        return self._remove(t.second_factors, account_id=account_id) > 0
