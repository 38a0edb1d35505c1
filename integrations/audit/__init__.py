"""Audit sinks: the audit trail sent out to files, syslog and statsd."""
