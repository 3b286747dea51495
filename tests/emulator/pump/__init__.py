"""What AWS's pollers do between queues, streams and functions, driven by one configuration: see config.py."""
