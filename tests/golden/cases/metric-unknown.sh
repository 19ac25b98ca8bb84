kmemlab verify x --min page.pfm=99
