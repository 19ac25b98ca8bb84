kmemlab verify x --min page.pfn=much
