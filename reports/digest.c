/* SPDX-License-Identifier: GPL-2.0-only */
#include "reports/digest.h"

#include <nettle/sha2.h>
#include <stdlib.h>

#include "engine/core/diag.h"

struct digest {
	struct sha256_ctx sha;
};

int digest_open(struct digest **out)
{
	struct digest *d = malloc(sizeof(*d));

	if (!d)
		return -KM_ENOMEM;
	sha256_init(&d->sha);
	*out = d;
	return 0;
}

void digest_add(struct digest *d, const void *data, size_t len)
{
	sha256_update(&d->sha, len, data);
}

void digest_hex(struct digest *d, char hex[DIGEST_HEX_LEN + 1])
{
	static const char digits[] = "0123456789abcdef";
	uint8_t sum[SHA256_DIGEST_SIZE];

	sha256_digest(&d->sha, sizeof(sum), sum);
	for (size_t i = 0; i < sizeof(sum); i++) {
		hex[2 * i] = digits[sum[i] >> 4];
		hex[2 * i + 1] = digits[sum[i] & 15];
	}
	hex[DIGEST_HEX_LEN] = '\0';
}

void digest_close(struct digest *d)
{
	free(d);
}
