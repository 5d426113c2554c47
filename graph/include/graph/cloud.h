/* graph/cloud.h - the hosts of each national cloud, every one of them overridable.
 *
 * Sources: Microsoft Graph documentation "National cloud deployments"; Microsoft Entra "National
 * clouds"; Exchange Online PowerShell connection table. */
#ifndef GRAPH_CLOUD_H
#define GRAPH_CLOUD_H
#include "base/err.h"

/* URLs have scheme https, no trailing slash, no path, lower-case host. All owned. */
struct cloud {
    char *name;     /* global|usgov|dod|china, or "custom" for a file */
    char *login;    /* authority, "https://login.microsoftonline.com" */
    char *graph;    /* also the token resource: scope is <graph>/.default */
    char *exchange; /* also the token resource */
    char *smtp;     /* host of the submission server */
};

/* `name` is a known cloud or the path of a YAML file with login:, graph:, exchange:, smtp: keys
 * (unknown keys and anything but https are errors with line and column). NULL means the known cloud
 * whose sign-in host the environment variable AZURE_AUTHORITY_HOST names, as it does for the Azure
 * SDKs (a host that belongs to none is ERR_USAGE), and global without that variable. */
enum err_code cloud_load(const char *name, struct cloud *out, struct err *e);
void cloud_release(struct cloud *c); /* fine on a zeroed one */

#endif
