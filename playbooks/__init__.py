"""Playbooks, and the stages and steps of the incidents started from them."""
