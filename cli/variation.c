/* SPDX-License-Identifier: GPL-2.0-only */
#include "cli/variation.h"

#include <stdlib.h>
#include <string.h>

#include "cli/config.h"

static int no_memory(struct km_diag *d)
{
	return km_fail(d, KM_ENOMEM, "", "out of memory");
}

/* How long the value at @text is: up to a comma that is not within brackets or quotes. */
static size_t value_length(const char *text)
{
	unsigned int depth = 0;
	char quote = '\0';
	const char *at = text;

	for (; *at; at++) {
		if (quote) {
			quote = *at == quote ? '\0' : quote;
		} else if (*at == '"' || *at == '\'') {
			quote = *at;
		} else if (*at == '[' || *at == '{') {
			depth++;
		} else if (*at == ']' || *at == '}') {
			depth -= depth > 0;
		} else if (*at == ',' && !depth) {
			break;
		}
	}
	return (size_t)(at - text);
}

/* Does the key take the value? A configuration of its own is asked. */
int variation_try(const char *key, const char *value, struct km_diag *d)
{
	struct config *c = calloc(1, sizeof(*c));
	char *setting = NULL;
	int err;

	if (!c || asprintf(&setting, "%s=%s", key, value) < 0) {
		free(c);
		return no_memory(d);
	}
	err = config_read_setting(c, setting, d);
	free(setting);
	free(c);
	if (err == -KM_EUSAGE && !strncmp(d->where, "--set ", 6))
		memmove(d->where, d->where + 6, strlen(d->where + 6) + 1);
	return err;
}

static const char *where(const struct variation *v)
{
	return v->where ? v->where : "--vary";
}

int variation_add_value(struct variation *v, const char *text, size_t len, struct km_diag *d)
{
	struct variation_key *k = &v->key[v->nr_keys - 1];
	size_t others = k->nr_values ? v->nr / k->nr_values : v->nr ? v->nr : 1;

	if (k->nr_values == VARIATION_MAX_VALUES)
		return km_fail(d, KM_EUSAGE, where(v), "%s has more than %d values", k->key,
			       VARIATION_MAX_VALUES);
	if (!k->value)
		k->value = calloc(VARIATION_MAX_VALUES, sizeof(*k->value));
	char *value = k->value ? strndup(text, len) : NULL;

	if (!value)
		return no_memory(d);
	for (size_t i = 0; i < k->nr_values; i++)
		if (!strcmp(k->value[i], value)) {
			free(value);
			return km_fail(d, KM_EUSAGE, where(v), "%s has the value '%.*s' twice",
				       k->key, (int)(len < 80 ? len : 80), text);
		}
	k->value[k->nr_values++] = value;
	v->nr = others * k->nr_values;
	if (v->nr > VARIATION_MAX_RUNS)
		return km_fail(d, KM_EUSAGE, where(v), "more than %d combinations",
			       VARIATION_MAX_RUNS);
	return variation_try(k->key, value, d);
}

int variation_add_key(struct variation *v, const char *key, size_t len, struct km_diag *d)
{
	struct variation_key *k = &v->key[v->nr_keys];

	if (v->nr_keys == VARIATION_MAX_KEYS)
		return km_fail(d, KM_EUSAGE, where(v), "more than %d keys", VARIATION_MAX_KEYS);
	v->nr_keys++;
	k->key = strndup(key, len);
	if (!k->key)
		return no_memory(d);
	for (size_t i = 0; i + 1 < v->nr_keys; i++)
		if (!strcmp(v->key[i].key, k->key))
			return km_fail(d, KM_EUSAGE, where(v), "%s is given twice", k->key);
	return 0;
}

int variation_add(struct variation *v, const char *text, struct km_diag *d)
{
	const char *equals = strchr(text, '=');

	if (!equals || equals == text)
		return km_fail(d, KM_EUSAGE, where(v),
			       "it takes KEY=A,B,C, e.g. policy.kernel=6.1,6.12, not '%s'", text);
	int err = variation_add_key(v, text, (size_t)(equals - text), d);

	for (const char *at = equals + 1; !err;) {
		size_t len = value_length(at);

		err = variation_add_value(v, at, len, d);
		if (!at[len])
			break;
		at += len + 1;
	}
	return err;
}

void variation_release(struct variation *v)
{
	for (size_t i = 0; i < v->nr_keys; i++) {
		for (size_t k = 0; k < v->key[i].nr_values; k++)
			free(v->key[i].value[k]);
		free(v->key[i].value);
		free(v->key[i].key);
	}
	*v = (struct variation){ 0 };
}

const char *variation_value(const struct variation *v, size_t i, size_t k)
{
	for (size_t at = v->nr_keys; at-- > k + 1;)
		i /= v->key[at].nr_values;
	return v->key[k].value[i % v->key[k].nr_values];
}

void variation_free(const struct variation *v, char **settings)
{
	for (size_t k = 0; settings && k < v->nr_keys; k++)
		free(settings[k]);
	free(settings);
}

char **variation_settings(const struct variation *v, size_t i)
{
	char **all = calloc(v->nr_keys + 1, sizeof(*all));

	for (size_t k = 0; all && k < v->nr_keys; k++)
		if (asprintf(&all[k], "%s=%s", v->key[k].key, variation_value(v, i, k)) < 0) {
			all[k] = NULL;
			variation_free(v, all);
			return NULL;
		}
	return all;
}

char *variation_name(const struct variation *v, size_t i)
{
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	for (size_t k = 0; f && k < v->nr_keys; k++)
		fprintf(f, "%s%s=%s", k ? " " : "", v->key[k].key, variation_value(v, i, k));
	if (!f || fclose(f)) {
		free(text);
		return NULL;
	}
	return text;
}
