kmemlab verify x --min page.pfn=101
