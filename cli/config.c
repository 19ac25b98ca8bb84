/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * YAML into keys. The document is walked by the key table, two levels deep, so neither depth nor
 * aliases of a hostile document matter. The "workload" section of a workload's document is read by
 * workload_yaml.c; nobody else knows libyaml.
 */
#include "cli/config.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cli/config_keys.h"
#include "cli/config_yaml.h"

enum { EXTENDS_MAX = 8, WHERE_LEN = 512 };

static void where_is(const struct document *doc, const yaml_mark_t *mark, char *out)
{
	if (doc->has_lines)
		snprintf(out, WHERE_LEN, "%s:%zu:%zu", doc->name, mark->line + 1, mark->column + 1);
	else
		snprintf(out, WHERE_LEN, "%s", doc->name);
}

int document_fail(const struct document *doc, const yaml_node_t *node, struct km_diag *d,
		  const char *fmt, ...)
{
	char where[WHERE_LEN], what[512];
	va_list ap;

	where_is(doc, &node->start_mark, where);
	va_start(ap, fmt);
	vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	return km_fail(d, KM_EUSAGE, where, "%s", what);
}

const char *document_scalar(const yaml_node_t *node)
{
	return node->type == YAML_SCALAR_NODE ? (const char *)node->data.scalar.value : NULL;
}

static struct config_word word_of(const yaml_node_t *node)
{
	return (struct config_word){
		.text = document_scalar(node),
		.plain = node->data.scalar.style == YAML_PLAIN_SCALAR_STYLE,
	};
}

static int unknown_key(const struct document *doc, const yaml_node_t *at, const char *section,
		       const char *name, struct km_diag *d)
{
	const char *best = config_nearest(section, name);
	const char *lead = section ? section : "", *dot = section ? "." : "";

	if (best)
		return document_fail(doc, at, d, "unknown key '%s%s%s'; did you mean '%s%s%s'?",
				     lead, dot, name, lead, dot, best);
	return document_fail(doc, at, d, "unknown key '%s%s%s'; kmemlab-config(5) lists the keys",
			     lead, dot, name);
}

/* ---- values ---- */

/* Is the key of @pair already given before it in @map? */
static bool repeated(struct document *doc, const yaml_node_t *map, const yaml_node_pair_t *pair)
{
	const char *name = document_scalar(yaml_document_get_node(&doc->yaml, pair->key));

	for (yaml_node_pair_t *p = map->data.mapping.pairs.start; p < pair; p++) {
		const char *other = document_scalar(yaml_document_get_node(&doc->yaml, p->key));

		if (other && !strcmp(other, name))
			return true;
	}
	return false;
}

int document_check_key(struct document *doc, const yaml_node_t *map, const yaml_node_pair_t *pair,
		       struct km_diag *d)
{
	const yaml_node_t *key = yaml_document_get_node(&doc->yaml, pair->key);

	if (!document_scalar(key))
		return document_fail(doc, key, d, "a key must be a plain name");
	if (repeated(doc, map, pair))
		return document_fail(doc, key, d, "key '%s' is given twice", document_scalar(key));
	return 0;
}

/* The leaves of a tree, with their keys and places. */
struct leaves {
	struct document *doc;
	const struct config_key *key;
	struct config_leaf *v;
	size_t nr;
	struct km_diag *d;
};

/* Of a long path the end says more than the beginning, of a setting the beginning. */
static void keep_place(char *out, const char *where, bool is_path)
{
	size_t len = strlen(where), keep = LAYOUT_PLACE_LEN - 1;

	if (len <= keep)
		memcpy(out, where, len + 1);
	else if (is_path)
		snprintf(out, LAYOUT_PLACE_LEN, "...%s", where + len - (keep - 3));
	else
		snprintf(out, LAYOUT_PLACE_LEN, "%.*s...", (int)keep - 3, where);
}

static int add_leaf(struct leaves *out, const yaml_node_t *node, const char *key, unsigned int item)
{
	char where[WHERE_LEN];

	where_is(out->doc, &node->start_mark, where);
	if (!document_scalar(node))
		return km_fail(out->d, KM_EUSAGE, where, "%s.%s takes %s", out->key->section,
			       out->key->name, out->key->takes);
	if (out->nr == CONFIG_MAX_LEAVES)
		return km_fail(out->d, KM_EUSAGE, where, "%s.%s has too many parts",
			       out->key->section, out->key->name);
	struct config_leaf *l = &out->v[out->nr++];

	*l = (struct config_leaf){ .key = key, .text = document_scalar(node), .item = item };
	keep_place(l->place, where, out->doc->has_lines);
	return 0;
}

/* A scalar or a list of them. */
static int add_words(struct leaves *out, const yaml_node_t *node, const char *key,
		     unsigned int item)
{
	int err = 0;

	if (node->type != YAML_SEQUENCE_NODE)
		return add_leaf(out, node, key, item);
	for (yaml_node_item_t *i = node->data.sequence.items.start;
	     !err && i < node->data.sequence.items.top; i++)
		err = add_leaf(out, yaml_document_get_node(&out->doc->yaml, *i), key, item);
	return err;
}

static int add_mapping(struct leaves *out, const yaml_node_t *map, unsigned int item)
{
	int err = 0;

	for (yaml_node_pair_t *p = map->data.mapping.pairs.start;
	     !err && p < map->data.mapping.pairs.top; p++) {
		err = document_check_key(out->doc, map, p, out->d);
		if (!err)
			err = add_words(
				out, yaml_document_get_node(&out->doc->yaml, p->value),
				document_scalar(yaml_document_get_node(&out->doc->yaml, p->key)),
				item);
	}
	return err;
}

static int collect_leaves(struct leaves *out, const yaml_node_t *node)
{
	unsigned int item = 0;
	int err = 0;

	if (node->type == YAML_MAPPING_NODE)
		return add_mapping(out, node, 0);
	if (node->type == YAML_SCALAR_NODE)
		return add_leaf(out, node, NULL, 0);
	for (yaml_node_item_t *i = node->data.sequence.items.start;
	     !err && i < node->data.sequence.items.top; i++, item++) {
		const yaml_node_t *one = yaml_document_get_node(&out->doc->yaml, *i);

		err = one->type == YAML_MAPPING_NODE ? add_mapping(out, one, item) :
						       add_leaf(out, one, NULL, item);
	}
	return err;
}

static int assign_tree(struct config *c, struct document *doc, enum config_id id,
		       const yaml_node_t *node, struct km_diag *d)
{
	struct leaves out = { .doc = doc, .key = config_key(id), .d = d };
	char where[WHERE_LEN];

	out.v = calloc(CONFIG_MAX_LEAVES, sizeof(*out.v));
	where_is(doc, &node->start_mark, where);
	if (!out.v)
		return km_fail(d, KM_ENOMEM, where, "out of memory");
	int err = collect_leaves(&out, node);

	if (!err && !out.nr)
		err = km_fail(d, KM_EUSAGE, where, "%s.%s takes %s, not an empty list",
			      out.key->section, out.key->name, out.key->takes);
	if (!err)
		err = config_assign_tree(c, id, out.v, out.nr, d);
	free(out.v);
	return err;
}

static int assign_node(struct config *c, struct document *doc, enum config_id id,
		       const yaml_node_t *node, struct km_diag *d)
{
	struct config_word words[CONFIG_LIST_MAX + 1];
	const struct config_key *k = config_key(id);
	char where[WHERE_LEN];
	size_t nr = 0;

	where_is(doc, &node->start_mark, where);
	if (k->type == CONFIG_TREE)
		return assign_tree(c, doc, id, node, d);
	if (node->type == YAML_MAPPING_NODE)
		return document_fail(doc, node, d, "%s.%s takes %s, not a mapping", k->section,
				     k->name, k->takes);
	if (node->type == YAML_SCALAR_NODE) {
		words[nr++] = word_of(node);
		return config_assign(c, id, words, nr, false, where, d);
	}
	for (yaml_node_item_t *i = node->data.sequence.items.start;
	     i < node->data.sequence.items.top && nr <= CONFIG_LIST_MAX; i++) {
		const yaml_node_t *item = yaml_document_get_node(&doc->yaml, *i);

		if (!document_scalar(item))
			return document_fail(doc, item, d, "%s.%s takes %s", k->section, k->name,
					     k->takes);
		words[nr++] = word_of(item);
	}
	return config_assign(c, id, words, nr, true, where, d);
}

/* Two ways to say the same: each document chooses one. @map has just given @id. */
static int check_alone(struct document *doc, const yaml_node_t *map, const yaml_node_t *key,
		       enum config_id id, struct km_diag *d)
{
	const char *other = id == CONFIG_MEMORY ? "nodes" : id == CONFIG_NODES ? "memory" : NULL;

	for (yaml_node_pair_t *p = map->data.mapping.pairs.start;
	     other && p < map->data.mapping.pairs.top; p++) {
		const yaml_node_t *k = yaml_document_get_node(&doc->yaml, p->key);

		if (k == key)
			break;
		if (document_scalar(k) && !strcmp(document_scalar(k), other))
			return document_fail(
				doc, key, d,
				"machine.memory and machine.nodes both say what memory "
				"there is: give one of them");
	}
	return 0;
}

static int read_section(struct config *c, struct document *doc, const char *section,
			const yaml_node_t *map, struct km_diag *d)
{
	if (map->type == YAML_SCALAR_NODE && !*document_scalar(map))
		return 0; /* "machine:" with nothing beneath it */
	if (map->type != YAML_MAPPING_NODE)
		return document_fail(doc, map, d, "'%s' holds keys of its own, not a value",
				     section);
	for (yaml_node_pair_t *p = map->data.mapping.pairs.start; p < map->data.mapping.pairs.top;
	     p++) {
		const yaml_node_t *key = yaml_document_get_node(&doc->yaml, p->key);
		int err = document_check_key(doc, map, p, d);

		if (err)
			return err;
		enum config_id id = config_find(section, document_scalar(key));

		if (id == CONFIG_NR_KEYS)
			return unknown_key(doc, key, section, document_scalar(key), d);
		err = check_alone(doc, map, key, id, d);
		if (!err)
			err = assign_node(c, doc, id, yaml_document_get_node(&doc->yaml, p->value),
					  d);
		if (err)
			return err;
	}
	return 0;
}

/* ---- files ---- */

static int parse_failed(const yaml_parser_t *parser, const struct document *doc, struct km_diag *d)
{
	char where[WHERE_LEN];

	if (parser->error == YAML_MEMORY_ERROR)
		return km_fail(d, KM_ENOMEM, doc->name, "out of memory");
	where_is(doc, &parser->problem_mark, where);
	return km_fail(d, KM_EUSAGE, where, "this is not YAML: %s",
		       parser->problem ? parser->problem : "?");
}

/* The next document of @parser; an empty one has no root. */
static int load(yaml_parser_t *parser, struct document *doc, struct km_diag *d)
{
	yaml_document_t more;

	if (!yaml_parser_load(parser, &doc->yaml))
		return parse_failed(parser, doc, d);
	if (!yaml_document_get_root_node(&doc->yaml))
		return 0;
	if (!yaml_parser_load(parser, &more)) {
		int err = parse_failed(parser, doc, d);

		yaml_document_delete(&doc->yaml);
		return err;
	}
	const yaml_node_t *extra = yaml_document_get_root_node(&more);
	int err = extra ? document_fail(doc, extra, d, "a second document; one file holds one") : 0;

	yaml_document_delete(&more);
	if (err)
		yaml_document_delete(&doc->yaml);
	return err;
}

static int read_file(struct config *c, const char *path, const char *extended_at,
		     unsigned int depth, struct km_diag *d);

/* `extends: OTHER.yaml`, beside the file that names it. */
static int read_extended(struct config *c, struct document *doc, const yaml_node_t *value,
			 unsigned int depth, struct km_diag *d)
{
	const char *slash = strrchr(doc->name, '/');
	const char *other = document_scalar(value);
	char *path = NULL;

	if (!other || !*other)
		return document_fail(doc, value, d, "extends takes the name of a file");
	if (depth == EXTENDS_MAX)
		return document_fail(doc, value, d,
				     "more than %d files extend one another; is it a circle?",
				     EXTENDS_MAX);
	int lead = slash && *other != '/' ? (int)(slash + 1 - doc->name) : 0;

	if (asprintf(&path, "%.*s%s", lead, doc->name, other) < 0)
		return km_fail(d, KM_ENOMEM, doc->name, "out of memory");
	char where[WHERE_LEN];

	where_is(doc, &value->start_mark, where);
	int err = read_file(c, path, where, depth + 1, d);

	free(path);
	return err;
}

static int read_top(struct config *c, struct document *doc, const yaml_node_t *root, bool extends,
		    unsigned int depth, struct km_diag *d)
{
	for (yaml_node_pair_t *p = root->data.mapping.pairs.start; p < root->data.mapping.pairs.top;
	     p++) {
		const yaml_node_t *key = yaml_document_get_node(&doc->yaml, p->key);
		const yaml_node_t *value = yaml_document_get_node(&doc->yaml, p->value);
		int err = document_check_key(doc, root, p, d);

		if (err)
			return err;
		if (!strcmp(document_scalar(key), "extends")) {
			err = extends ? read_extended(c, doc, value, depth, d) : 0;
		} else if (doc->workload && !strcmp(document_scalar(key), "workload")) {
			err = extends ? 0 : workload_read(doc, value, doc->workload, d);
			doc->has_workload = true;
		} else if (config_is_part(document_scalar(key))) {
			err = extends ? 0 : config_read_part(c, doc, key, value, d);
		} else if (!extends) {
			err = config_is_section(document_scalar(key)) ?
				      read_section(c, doc, document_scalar(key), value, d) :
				      unknown_key(doc, key, NULL, document_scalar(key), d);
		}
		if (err)
			return err;
	}
	return 0;
}

/* First what the document extends, wherever it says so, then its own keys over that. */
static int read_document(struct config *c, struct document *doc, unsigned int depth,
			 struct km_diag *d)
{
	const yaml_node_t *root = yaml_document_get_root_node(&doc->yaml);

	if (!root || (document_scalar(root) && !*document_scalar(root)))
		return 0;
	if (root->type != YAML_MAPPING_NODE)
		return document_fail(
			doc, root, d,
			"a configuration is a mapping of keys; kmemlab-config(5) shows one");
	int err = read_top(c, doc, root, true, depth, d);

	return err ? err : read_top(c, doc, root, false, depth, d);
}

/* @doc has its name. */
static int read_stream(struct config *c, struct document *doc, FILE *f, unsigned int depth,
		       struct km_diag *d)
{
	yaml_parser_t parser;

	if (!yaml_parser_initialize(&parser))
		return km_fail(d, KM_ENOMEM, doc->name, "out of memory");
	yaml_parser_set_input_file(&parser, f);
	int err = load(&parser, doc, d);

	if (!err && ferror(f))
		err = km_fail(d, KM_EIO, doc->name, "cannot read it: %s", strerror(errno));
	if (!err)
		err = read_document(c, doc, depth, d);
	yaml_document_delete(&doc->yaml);
	yaml_parser_delete(&parser);
	return err;
}

/* The file of a document; NULL with @d filled. @extended_at: where another names it, or NULL. */
static FILE *open_file(const char *path, const char *what, const char *extended_at,
		       struct km_diag *d)
{
	FILE *f = fopen(path, "re");
	struct stat st;

	if (f && !fstat(fileno(f), &st) && S_ISDIR(st.st_mode)) {
		fclose(f);
		km_fail(d, KM_EUSAGE, extended_at ? extended_at : path,
			"%s%sis a directory; name a file in it", extended_at ? path : "",
			extended_at ? " " : "");
		return NULL;
	}
	if (!f && extended_at)
		km_fail(d, KM_EIO, extended_at, "cannot read %s, which this extends: %s", path,
			strerror(errno));
	else if (!f)
		km_fail(d, KM_EIO, path, "cannot read the %s: %s", what, strerror(errno));
	return f;
}

static int read_file(struct config *c, const char *path, const char *extended_at,
		     unsigned int depth, struct km_diag *d)
{
	struct document doc = { .name = path, .has_lines = true };
	FILE *f = open_file(path, "configuration", extended_at, d);

	if (!f)
		return d->code;
	int err = read_stream(c, &doc, f, depth, d);

	fclose(f);
	return err;
}

int config_read_workload(struct config *c, struct workload *w, const char *path, struct km_diag *d)
{
	struct document doc = { .name = path, .has_lines = true, .workload = w };
	struct config next = *c;
	FILE *f = open_file(path, "workload", NULL, d);

	if (!f)
		return d->code;
	int err = read_stream(&next, &doc, f, 0, d);

	fclose(f);
	if (!err && !doc.has_workload)
		err = km_fail(d, KM_EUSAGE, path,
			      "it has no section 'workload'; kmemlab-gen(1) shows one");
	if (!err)
		*c = next;
	return err;
}

static int read_tlb(struct tlb_spec *s, const char *name, FILE *f, unsigned int depth,
		    struct km_diag *d)
{
	struct document doc = { .name = name, .has_lines = true };
	struct config *c = calloc(1, sizeof(*c));
	int err = c ? read_stream(c, &doc, f, depth, d) :
		      km_fail(d, KM_ENOMEM, name, "out of memory");

	fclose(f);
	if (!err && !c->has_tlb)
		err = km_fail(d, KM_EUSAGE, name,
			      "it has no section 'tlb'; kmemlab-tlb(5) shows one");
	if (!err)
		*s = c->tlb;
	free(c);
	return err;
}

int config_read_tlb(struct tlb_spec *s, const char *path, struct km_diag *d)
{
	FILE *f = fopen(path, "re");

	if (!f)
		return km_fail(d, KM_EIO, path, "cannot read the TLB: %s", strerror(errno));
	return read_tlb(s, path, f, 0, d);
}

int config_read_tlb_text(struct tlb_spec *s, const char *name, const char *text, size_t len,
			 struct km_diag *d)
{
	FILE *f = len ? fmemopen((void *)(uintptr_t)text, len, "r") : NULL;

	if (!f)
		return km_fail(d, len ? KM_ENOMEM : KM_EUSAGE, name,
			       len ? "out of memory" : "it has no section 'tlb'");
	return read_tlb(s, name, f, EXTENDS_MAX, d);
}

int config_read_text(struct config *c, const char *name, const char *text, size_t len,
		     struct km_diag *d)
{
	struct document doc = { .name = name, .has_lines = true };
	struct config next = *c;
	/* fmemopen() refuses an empty buffer */
	FILE *f = len ? fmemopen((void *)(uintptr_t)text, len, "r") : NULL;

	if (!f)
		return len ? km_fail(d, KM_ENOMEM, name, "out of memory") : 0;
	int err = read_stream(&next, &doc, f, EXTENDS_MAX, d);

	fclose(f);
	if (!err)
		*c = next;
	return err;
}

int config_read_file(struct config *c, const char *path, struct km_diag *d)
{
	struct config next = *c;
	int err = read_file(&next, path, NULL, 0, d);

	if (!err)
		*c = next;
	return err;
}

/* ---- settings ---- */

static int unknown_setting(const struct document *doc, const char *section, const char *name,
			   struct km_diag *d)
{
	bool known = config_is_section(section);
	const char *best = config_nearest(known ? section : NULL, known ? name : section);

	if (!best)
		return km_fail(d, KM_EUSAGE, doc->name,
			       "unknown key '%s.%s'; kmemlab-config(5) lists the keys", section,
			       name);
	return km_fail(d, KM_EUSAGE, doc->name, "unknown key '%s.%s'; did you mean '%s.%s'?",
		       section, name, known ? section : best, known ? best : name);
}

static int read_setting(struct config *c, struct document *doc, const char *section,
			const char *name, const char *value, struct km_diag *d)
{
	enum config_id id = config_find(section, name);
	yaml_parser_t parser;

	if (id == CONFIG_NR_KEYS)
		return unknown_setting(doc, section, name, d);
	if (!yaml_parser_initialize(&parser))
		return km_fail(d, KM_ENOMEM, doc->name, "out of memory");
	yaml_parser_set_input_string(&parser, (const unsigned char *)value, strlen(value));
	int err = load(&parser, doc, d);

	if (!err) {
		const yaml_node_t *root = yaml_document_get_root_node(&doc->yaml);

		err = root ? assign_node(c, doc, id, root, d) :
			     km_fail(d, KM_EUSAGE, doc->name, "%s.%s takes %s, not an empty value",
				     section, name, config_key(id)->takes);
	}
	yaml_document_delete(&doc->yaml);
	yaml_parser_delete(&parser);
	return err;
}

int config_read_setting(struct config *c, const char *setting, struct km_diag *d)
{
	const char *dot = strchr(setting, '.');
	const char *equals = strchr(setting, '=');
	char where[WHERE_LEN];

	snprintf(where, sizeof(where), "--set %s", setting);
	if (!equals || !dot || dot > equals)
		return km_fail(d, KM_EUSAGE, where,
			       "a setting is SECTION.KEY=VALUE, e.g. machine.cpus=2");
	struct document doc = { .name = where };
	char *section = strndup(setting, (size_t)(dot - setting));
	char *name = strndup(dot + 1, (size_t)(equals - dot - 1));
	int err = section && name ? read_setting(c, &doc, section, name, equals + 1, d) :
				    km_fail(d, KM_ENOMEM, where, "out of memory");

	free(section);
	free(name);
	return err;
}
