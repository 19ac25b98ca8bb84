kmemlab report run.db --format htlm -o out
