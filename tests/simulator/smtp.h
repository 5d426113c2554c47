/* smtp.h - Exchange Online's submission server: EHLO, STARTTLS, AUTH LOGIN and XOAUTH2, mail.
 *
 * Mail goes nowhere: it is counted in the request log. */
#ifndef SIM_SMTP_H
#define SIM_SMTP_H

#include "sim.h"

struct smtp;

struct smtp *smtp_start(struct sim *s); /* sets s->ports[SVC_SMTP]; dies when it cannot */
void smtp_stop(struct smtp *m);

#endif
