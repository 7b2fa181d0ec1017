// Times of day that tests expect are those of UTC, which Bun takes for a test unless its environment has another zone.
process.env.TZ = "Etc/UTC";
