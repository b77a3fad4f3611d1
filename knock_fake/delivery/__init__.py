"""What becomes of a message once it is enqueued: status changes as timers, provider answers."""
