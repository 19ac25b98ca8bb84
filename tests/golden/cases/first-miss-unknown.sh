kmemlab verify x --first-miss=page.pfm
