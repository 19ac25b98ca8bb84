kmemlab report run.db --run zero -o out
