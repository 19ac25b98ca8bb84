kmemlab verify "$files/tiny" --min page.pfn_free=90
kmemlab verify "$files/tiny" --first-miss=page.pfn_free
