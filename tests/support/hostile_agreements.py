#!/usr/bin/env python3
"""Writes tests/hostile/agreement/: access agreements that must be refused, or that are at a limit, and what is said."""

from hostile_yaml import Inputs

FOLDER = "tests/hostile/agreement"
GOOD = """apiVersion: v0.9.0
kind: AccessAgreement
id: a-1
status: approved
description:
  purpose: Answer customers.
endTimestamp: 2027-06-30T23:59:59Z
provider:
  teamId: sales
  dataProductId: orders
  outputPortId: orders_sql
consumer:
  teamId: marketing
customProperties:
  - { property: edict.purpose, value: support }
"""


def main():
    inputs = Inputs(FOLDER, GOOD)
    add = inputs.add
    add("good", "OK", "an agreement as it should be")
    add("id-100", "OK", "the longest id", ("a-1", "x" * 100))
    add("id-101", "E0968", "one past the longest id", ("a-1", "x" * 101))
    add("id-odd", "OK", "an id that is no word becomes one", ("a-1", '"urn:x/1 rule y permit read on dataset"'))
    add("roles-64", "OK", "as many roles as there may be", ("customProperties", "roles: [" + ", ".join(f"{{ role: r{i} }}" for i in range(64)) + "]\ncustomProperties"))
    add("roles-65", "E0966", "one role too many", ("customProperties", "roles: [" + ", ".join(f"{{ role: r{i} }}" for i in range(65)) + "]\ncustomProperties"))
    add("roles-none", "E0967", "a list of no roles is not the same as no list", ("customProperties", "roles: []\ncustomProperties"))
    add("roles-misspelt", "E0966", "a misspelt key would make a wider rule", ("customProperties", "rolls: [ { role: a } ]\ncustomProperties"))
    add("role-injected", "E0968", "a role that would be more of a rule", ("customProperties", 'roles: [ { role: "a) or (subject.roles has b" } ]\ncustomProperties'))
    add("purpose-injected", "E0968", "a purpose that would be more of a rule", ("value: support", 'value: "support or true"'))
    add("purpose-twice", "E0966", "two purposes", ("value: support }", "value: support }\n  - { property: edict.purpose, value: other }"))
    add("purpose-none", "E0967", "no purpose that rules know", ("edict.purpose", "other"))
    add("team-injected", "OK", "a team is a text, whatever it holds", ("marketing", "'\" or true or \"'"))
    add("provider-glob", "E0968", "a product that would be any product", ("dataProductId: orders", 'dataProductId: "*"'))
    add("provider-quote", "E0968", "a provider that would end the string", ("teamId: sales", "teamId: 'a\"b'"))
    add("because-hidden", "OK", "what cannot be seen is escaped", ("Answer customers.", '"a\\u202Eb\\u200Bc\\"\\\\ d"'))
    add("because-lines", "OK", "text of several lines stands in a string", ("purpose: Answer customers.", "purpose: |\n    one\n    \"two\"\n    rule x permit read on dataset"))
    add("nobody", "E0967", "a grant to nobody is one to everybody", ("teamId: marketing", ""), ("consumer:\n  \n", "consumer: {}\n"))
    add("consumer-misspelt", "E0966", "a consumer under another name", ("  teamId: marketing", "  team: marketing"))
    add("endless", "E0967", "no end", ("endTimestamp: 2027-06-30T23:59:59Z\n", ""))
    add("review-alone", "OK", "a day to look again is an end", ("endTimestamp", "nextReassessmentTimestamp"))
    add("backwards", "E0967", "it ends before it begins", ("endTimestamp", "startTimestamp: 2028-01-01T00:00:00Z\nendTimestamp"))
    add("time-local", "E0966", "a time without an offset", ("23:59:59Z", "23:59:59"))
    add("time-day", "E0966", "a day is no timestamp", ("2027-06-30T23:59:59Z", "2027-06-30"))
    add("end-midnight", "OK", "ends with the day before", ("2027-06-30T23:59:59Z", "2027-07-01T00:00:00Z"))
    add("end-noon", "OK", "ends within a day", ("2027-06-30T23:59:59Z", "2027-06-30T12:00:00+02:00"))
    add("requested", "OK", "not approved: nothing is made of it", ("approved", "requested"))
    add("status-odd", "E0966", "a status that there is not", ("approved", "granted"))
    add("kind", "E0966", "another document", ("AccessAgreement", "DataContract"))
    add("version", "E0966", "another version of the standard", ("v0.9.0", "v1.0.0"))
    add("no-provider", "E0966", "no provider", ("provider:\n  teamId: sales\n  dataProductId: orders\n  outputPortId: orders_sql\n", ""))
    add("no-port", "E0966", "no port", ("  outputPortId: orders_sql\n", ""))
    add("purpose-text-none", "E0966", "no purpose at all", ("  purpose: Answer customers.", "  usage: x"))
    add("text-4096", "OK", "the longest text", ("Answer customers.", "x" * 4096))
    add("text-4097", "E0966", "one past the longest text", ("Answer customers.", "x" * 4097))
    add("list", "E0966", "a list", text="- a\n")
    add("empty", "E0403", "nothing", text="")
    add("twice", "E0409", "a key that stands twice", ("status: approved", "status: approved\nstatus: rejected"))
    add("anchor", "E0405", "an anchor", ("status: approved", "status: &a approved"))
    add("nul", "E0401", "a control character", text=GOOD.encode().replace(b"customers", b"cust\x01mers"))
    add("binary", "E0401", "no text at all", text=bytes(range(128, 256)))
    add("large", "E0400", "larger than an agreement may be", text=GOOD + "#" * (1024 * 1024))
    inputs.finish()


if __name__ == "__main__":
    main()
