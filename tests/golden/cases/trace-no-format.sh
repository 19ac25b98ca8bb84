echo 'a shopping list: milk, bread' >list
kmemlab check list
