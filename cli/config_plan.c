/* SPDX-License-Identifier: GPL-2.0-only */
#include "cli/config_plan.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/config_yaml.h"
#include "cli/suggest.h"

/* A plan under way. */
struct planning {
	struct document *doc;
	struct plan *p;
	struct km_diag *d;
};

static int no_memory(const struct planning *g)
{
	return km_fail(g->d, KM_ENOMEM, g->doc->name, "out of memory");
}

static const yaml_node_t *plan_node(const struct planning *g, int id)
{
	return yaml_document_get_node(&g->doc->yaml, id);
}

/* Errors of what a value means get the place where it stands. */
static int at_place(const struct planning *g, const yaml_node_t *node, int err)
{
	struct km_diag said = *g->d;

	return err == -KM_EUSAGE ? document_fail(g->doc, node, g->d, "%s", said.what) : err;
}

/* @each for one scalar, or for every scalar of a list. */
static int each_scalar(struct planning *g, const yaml_node_t *node, const char *what,
		       int (*each)(struct planning *g, const yaml_node_t *node, const char *text))
{
	int err = 0;

	if (document_scalar(node))
		return each(g, node, document_scalar(node));
	if (node->type != YAML_SEQUENCE_NODE ||
	    node->data.sequence.items.start == node->data.sequence.items.top)
		return document_fail(g->doc, node, g->d, "%s takes a value or a list of them",
				     what);
	for (yaml_node_item_t *i = node->data.sequence.items.start;
	     !err && i < node->data.sequence.items.top; i++) {
		const yaml_node_t *one = plan_node(g, *i);

		err = document_scalar(one) ?
			      each(g, one, document_scalar(one)) :
			      document_fail(g->doc, one, g->d,
					    "%s takes plain values; write a list or a mapping in "
					    "quotes",
					    what);
	}
	return err;
}

/* Beside the plan. */
static char *beside(const struct planning *g, const char *name)
{
	const char *slash = strrchr(g->doc->name, '/');
	int lead = slash && *name != '/' ? (int)(slash + 1 - g->doc->name) : 0;
	char *path = NULL;

	if (asprintf(&path, "%.*s%s", lead, g->doc->name, name) < 0)
		return NULL;
	return path;
}

static int add_source(struct planning *g, const yaml_node_t *node, const char *text, bool workload)
{
	struct plan *p = g->p;

	if (!*text)
		return document_fail(g->doc, node, g->d, "the name of a file is empty");
	if (p->nr_traces == PLAN_MAX_TRACES)
		return document_fail(g->doc, node, g->d, "more than %d traces", PLAN_MAX_TRACES);
	p->trace[p->nr_traces].workload = workload;
	p->trace[p->nr_traces].path = beside(g, text);
	return p->trace[p->nr_traces++].path ? 0 : no_memory(g);
}

static int add_trace(struct planning *g, const yaml_node_t *node, const char *text)
{
	return add_source(g, node, text, false);
}

static int add_workload(struct planning *g, const yaml_node_t *node, const char *text)
{
	return add_source(g, node, text, true);
}

static int push_seed(struct planning *g, const yaml_node_t *node, uint64_t seed)
{
	struct plan *p = g->p;

	if (p->nr_seeds == PLAN_MAX_SEEDS)
		return document_fail(g->doc, node, g->d, "more than %d seeds", PLAN_MAX_SEEDS);
	for (size_t i = 0; i < p->nr_seeds; i++)
		if (p->seed[i] == seed)
			return document_fail(g->doc, node, g->d, "seed %llu is given twice",
					     (unsigned long long)seed);
	if (!p->seed)
		p->seed = calloc(PLAN_MAX_SEEDS, sizeof(*p->seed));
	if (!p->seed)
		return no_memory(g);
	p->seed[p->nr_seeds++] = seed;
	return 0;
}

/* "7" or "1-10" */
static int add_seed(struct planning *g, const yaml_node_t *node, const char *text)
{
	char *end;
	int err = 0;

	errno = 0;
	uint64_t first = strtoull(text, &end, 10), last = first;

	if (*end == '-' && end[1] >= '0' && end[1] <= '9')
		last = strtoull(end + 1, &end, 10);
	if (*text < '0' || *text > '9' || *end || errno || last < first ||
	    last - first >= PLAN_MAX_SEEDS)
		return document_fail(g->doc, node, g->d,
				     "seeds takes whole numbers, or ranges such as 1-10, not '%s'",
				     text);
	for (uint64_t seed = first; !err && seed - first <= last - first; seed++)
		err = push_seed(g, node, seed);
	return err;
}

static int take_config(struct planning *g, const yaml_node_t *node, const char *text)
{
	if (g->p->config)
		return document_fail(g->doc, node, g->d, "config takes one file");
	g->p->config = beside(g, text);
	return g->p->config ? 0 : no_memory(g);
}

static int take_mode(struct planning *g, const yaml_node_t *node, const char *text)
{
	if (g->p->mode ||
	    (strcmp(text, "observe") && strcmp(text, "predict") && strcmp(text, "simulate")))
		return document_fail(g->doc, node, g->d,
				     "mode is one of observe, predict and simulate");
	g->p->mode = strdup(text);
	return g->p->mode ? 0 : no_memory(g);
}

/* ---- grid and list ---- */

static int add_value(struct planning *g, const yaml_node_t *node, const char *text)
{
	return at_place(g, node, variation_add_value(&g->p->grid, text, strlen(text), g->d));
}

static int read_vary(struct planning *g, const yaml_node_t *map)
{
	int err = 0;

	if (map->type != YAML_MAPPING_NODE)
		return document_fail(g->doc, map, g->d,
				     "vary is a mapping of keys to lists of values");
	for (yaml_node_pair_t *p = map->data.mapping.pairs.start;
	     !err && p < map->data.mapping.pairs.top; p++) {
		const yaml_node_t *key = plan_node(g, p->key);

		err = document_check_key(g->doc, map, p, g->d);
		if (!err)
			err = at_place(g, key,
				       variation_add_key(&g->p->grid, document_scalar(key),
							 strlen(document_scalar(key)), g->d));
		if (!err)
			err = each_scalar(g, plan_node(g, p->value), document_scalar(key),
					  add_value);
	}
	return err;
}

static int read_listed(struct planning *g, const yaml_node_t *map)
{
	struct plan_listed *to = &g->p->listed[g->p->nr_listed];
	int err = 0;

	if (map->type != YAML_MAPPING_NODE)
		return document_fail(g->doc, map, g->d, "a run is a mapping of keys to values");
	g->p->nr_listed++;
	for (yaml_node_pair_t *p = map->data.mapping.pairs.start;
	     !err && p < map->data.mapping.pairs.top; p++) {
		const yaml_node_t *value = plan_node(g, p->value);
		const char *key, *text = document_scalar(value);

		err = document_check_key(g->doc, map, p, g->d);
		if (err)
			return err;
		key = document_scalar(plan_node(g, p->key));
		if (!text)
			return document_fail(g->doc, value, g->d,
					     "write a list or a mapping in quotes");
		if (to->nr == VARIATION_MAX_KEYS)
			return document_fail(g->doc, value, g->d, "a run has more than %d keys",
					     VARIATION_MAX_KEYS);
		err = at_place(g, value, variation_try(key, text, g->d));
		if (!err && asprintf(&to->setting[to->nr], "%s=%s", key, text) < 0)
			err = no_memory(g);
		to->nr += !err;
	}
	return err;
}

static int read_runs(struct planning *g, const yaml_node_t *list)
{
	int err = 0;

	if (list->type != YAML_SEQUENCE_NODE)
		return document_fail(g->doc, list, g->d, "runs is a list of mappings");
	g->p->listed = calloc(PLAN_MAX_LISTED, sizeof(*g->p->listed));
	if (!g->p->listed)
		return no_memory(g);
	for (yaml_node_item_t *i = list->data.sequence.items.start;
	     !err && i < list->data.sequence.items.top; i++)
		err = g->p->nr_listed == PLAN_MAX_LISTED ?
			      document_fail(g->doc, list, g->d, "more than %d runs",
					    PLAN_MAX_LISTED) :
			      read_listed(g, plan_node(g, *i));
	return err;
}

/* ---- the document ---- */

static int read_key(struct planning *g, const yaml_node_t *key, const yaml_node_t *value)
{
	static const struct {
		const char *name;
		int (*scalar)(struct planning *g, const yaml_node_t *node, const char *text);
		int (*node)(struct planning *g, const yaml_node_t *node);
	} keys[] = {
		{ "traces", add_trace, NULL }, { "workloads", add_workload, NULL },
		{ "seeds", add_seed, NULL },   { "config", take_config, NULL },
		{ "mode", take_mode, NULL },   { "vary", NULL, read_vary },
		{ "runs", NULL, read_runs },
	};
	struct suggestion s = { .word = document_scalar(key) };

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		suggestion_offer(&s, keys[i].name);
		if (strcmp(keys[i].name, s.word))
			continue;
		return keys[i].node ? keys[i].node(g, value) :
				      each_scalar(g, value, keys[i].name, keys[i].scalar);
	}
	if (s.best)
		return document_fail(g->doc, key, g->d,
				     "a plan has no key '%s'; did you mean '%s'?", s.word, s.best);
	return document_fail(g->doc, key, g->d,
			     "a plan has no key '%s'; it has traces, workloads, seeds, config, "
			     "mode, vary and runs",
			     s.word);
}

static int count_runs(const struct planning *g, const yaml_node_t *root)
{
	struct plan *p = g->p;
	size_t workloads = 0;

	for (size_t i = 0; i < p->nr_traces; i++)
		workloads += p->trace[i].workload;
	if (!p->nr_traces)
		return document_fail(g->doc, root, g->d,
				     "nothing to replay: a plan has traces or workloads");
	if (p->nr_listed && p->grid.nr)
		return document_fail(g->doc, root, g->d,
				     "configurations are a grid (vary) or a list (runs), not both");
	if (p->nr_seeds && !workloads)
		return document_fail(g->doc, root, g->d, "seeds are of workloads; there is none");
	p->nr_configs = p->nr_listed ? p->nr_listed : p->grid.nr ? p->grid.nr : 1;
	p->nr = (p->nr_traces - workloads + workloads * (p->nr_seeds ? p->nr_seeds : 1)) *
		p->nr_configs;
	if (p->nr > VARIATION_MAX_RUNS)
		return document_fail(g->doc, root, g->d, "%zu runs are more than %d", p->nr,
				     VARIATION_MAX_RUNS);
	return 0;
}

static int read_root(struct planning *g, const yaml_node_t *root)
{
	int err = 0;

	if (!root || root->type != YAML_MAPPING_NODE)
		return km_fail(g->d, KM_EUSAGE, g->doc->name,
			       "a plan is a mapping of keys; kmemlab-sweep(1) shows one");
	for (yaml_node_pair_t *p = root->data.mapping.pairs.start;
	     !err && p < root->data.mapping.pairs.top; p++) {
		err = document_check_key(g->doc, root, p, g->d);
		if (!err)
			err = read_key(g, plan_node(g, p->key), plan_node(g, p->value));
	}
	return err ? err : count_runs(g, root);
}

static int read_stream(struct plan *p, const char *path, FILE *f, struct km_diag *d)
{
	struct document doc = { .name = path, .has_lines = true };
	struct planning g = { .doc = &doc, .p = p, .d = d };
	yaml_parser_t parser;

	if (!yaml_parser_initialize(&parser))
		return no_memory(&g);
	yaml_parser_set_input_file(&parser, f);
	int err;

	if (yaml_parser_load(&parser, &doc.yaml)) {
		err = read_root(&g, yaml_document_get_root_node(&doc.yaml));
		yaml_document_delete(&doc.yaml);
	} else if (parser.error == YAML_MEMORY_ERROR) {
		err = no_memory(&g);
	} else if (ferror(f)) {
		err = km_fail(d, KM_EIO, path, "cannot read it: %s", strerror(errno));
	} else {
		err = km_fail(d, KM_EUSAGE, path, "line %zu: this is not YAML: %s",
			      parser.problem_mark.line + 1, parser.problem ? parser.problem : "?");
	}
	yaml_parser_delete(&parser);
	return err;
}

int plan_read(struct plan *p, const char *path, struct km_diag *d)
{
	FILE *f = fopen(path, "re");

	*p = (struct plan){ .grid.where = path };
	if (!f)
		return km_fail(d, KM_EIO, path, "cannot read the plan: %s", strerror(errno));
	int err = read_stream(p, path, f, d);

	fclose(f);
	return err;
}

void plan_release(struct plan *p)
{
	for (size_t i = 0; i < p->nr_traces; i++)
		free(p->trace[i].path);
	for (size_t i = 0; i < p->nr_listed; i++)
		plan_settings_free(p->listed[i].setting, p->listed[i].nr);
	free(p->listed);
	free(p->seed);
	free(p->config);
	free(p->mode);
	variation_release(&p->grid);
}

/* ---- runs ---- */

struct plan_run plan_run(const struct plan *p, size_t i)
{
	struct plan_run r = { .config = i % p->nr_configs };
	size_t at = i / p->nr_configs;

	for (; r.trace < p->nr_traces; r.trace++) {
		bool seeds = p->trace[r.trace].workload && p->nr_seeds;
		size_t n = seeds ? p->nr_seeds : 1;

		if (at < n) {
			r.seed = at;
			r.has_seed = seeds;
			break;
		}
		at -= n;
	}
	return r;
}

size_t plan_settings(const struct plan *p, size_t c, char *out[VARIATION_MAX_KEYS])
{
	size_t n = 0;

	if (p->nr_listed) {
		for (; n < p->listed[c].nr; n++) {
			out[n] = strdup(p->listed[c].setting[n]);
			if (!out[n])
				break;
		}
		return n;
	}
	for (; n < p->grid.nr_keys; n++)
		if (asprintf(&out[n], "%s=%s", p->grid.key[n].key,
			     variation_value(&p->grid, c, n)) < 0)
			break;
	return n;
}

void plan_settings_free(char *settings[VARIATION_MAX_KEYS], size_t nr)
{
	for (size_t i = 0; i < nr; i++)
		free(settings[i]);
}
