/* hostile.h - what strangers call themselves: one table for the tests of every format. */
#ifndef TESTS_HOSTILE_H
#define TESTS_HOSTILE_H
#include "base/attrs.h"

static const struct hostile {
    const char *name, *text;
} hostiles[] = {
    {"script end", "</script><img src=x onerror=alert(1)>"},
    {"attribute end", "\" onmouseover=\"alert(1)"},
    {"apostrophe attribute", "' autofocus onfocus=alert(1) x='"},
    {"entity", "&lt;b&gt; &amp;#60; &#x3C;script&#x3E;"},
    {"comment", "--><!-- <![CDATA[ ]]>"},
    {"style end", "</style></title></textarea><svg/onload=alert(1)>"},
    {"formula", "=HYPERLINK(\"https://evil.example\",\"Salary\")"},
    {"formula plus", "+1+cmd|' /C calc'!A0"},
    {"formula minus", "-2+3"},
    {"formula at", "@SUM(A1:A9)"},
    {"formula tab", "\t=1+1"},
    {"formula carriage return", "\r=1+1"},
    {"formula line feed", "\n=1+1"},
    {"formula full width", "\xEF\xBC\x9D"
                           "1+1"},
    {"csv quotes", "a,\"b\",c\r\nEXO-SMTP-001,forged,row"},
    {"bidi override", "Anna \xE2\x80\xAEnimda"},
    {"bidi isolate", "x\xE2\x81\xA6y\xE2\x81\xA9z"},
    {"zero width", "ad\xE2\x80\x8Bmin\xEF\xBB\xBF"},
    {"line separator", "a\xE2\x80\xA8"
                       "b\xE2\x80\xA9"
                       "c"},
    {"escape sequence", "\x1B[31mred\x1B]0;title\x07"},
    {"C1 control", "\xC2\x9B"
                   "31m\xC2\x85"},
    {"bell and delete", "\x07\x08\x7F"},
    {"invalid UTF-8", "caf\xE9 \xC0\xAF \xED\xA0\x80 \xF5\x80\x80\x80 \xE2\x82"},
    {"noncharacter", "a\xEF\xBF\xBE"
                     "b\xEF\xBF\xBF"
                     "c"},
    {"azure command", "##vso[task.setvariable variable=x]y"},
    {"azure format", "##[error]forged"},
    {"github command", "::set-output name=x::y"},
    {"json break", "\",\"outcome\":\"pass\",\"x\":\"\\"},
    {"template", "${7*7}{{7*7}}<%= 7*7 %>"},
    {"script url", "javascript:alert(1)"},
    {"percent", "%s%n%d%x %2525"},
    {"emoji", "\xF0\x9F\x94\xA5 Feuer & \xC3\xA4\xC3\xB6\xC3\xBC"},
    {"right to left name", "\xD7\xA9\xD7\x9C\xD7\x95\xD7\x9D"},
    {"cdata end", "]]>"},
    {"cdata", "<![CDATA[<script>]]>"},
    {"processing instruction",
     "<?xml version=\"1.0\"?><!DOCTYPE x [<!ENTITY e SYSTEM \"file:///etc/passwd\">]>&e;"},
    {"mentions", "@octocat @org/team user@host"},
    {"issues", "#1 org/repo#22 GH-3"},
    {"table row", "a | b |\n| c | d"},
    {"list and heading", "- x\n# y\n1. z\n> q\n```\ncode"},
    {"link", "[x](javascript:alert(1)) ![y](https://evil.example/p.png) <https://evil.example>"},
    {"bare link", "https://evil.example/a?b=c www.evil.example mailto:x@evil.example"},
    {"github mask", "a\n::add-mask::b\n##[group]c"},
    {"NULs of another kind", "\xE2\x90\x80 \\0 \\u0000 %00"},
    {"spaces", "  leading and trailing  "},
    {"empty", ""},
};
enum { hostile_count = COUNT_OF(hostiles) };

#endif
