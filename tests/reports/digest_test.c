/* SPDX-License-Identifier: GPL-2.0-only */
#include "reports/digest.h"

#include <criterion/criterion.h>

/* The examples of FIPS 180-2, appendix B.1 and B.2. */
Test(digest, published_examples)
{
	static const char two[] = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
	char hex[DIGEST_HEX_LEN + 1];
	struct digest *d;

	cr_assert_eq(digest_open(&d), 0);
	digest_add(d, "abc", 3);
	digest_hex(d, hex);
	cr_expect_str_eq(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	digest_close(d);

	cr_assert_eq(digest_open(&d), 0);
	for (size_t i = 0; two[i]; i++)
		digest_add(d, two + i, 1);
	digest_hex(d, hex);
	cr_expect_str_eq(hex, "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
	digest_close(d);
}
