# SPDX-FileCopyrightText: The gatewayd authors
# SPDX-License-Identifier: MIT
"""Formatted text: HTML as the Bot API takes it, and the entities of plain text. Offsets and lengths
are UTF-16 code units (https://core.telegram.org/bots/api#messageentity)."""

import re

TAGS = {'b': 'bold', 'strong': 'bold', 'i': 'italic', 'em': 'italic', 'u': 'underline',
        'ins': 'underline', 's': 'strikethrough', 'strike': 'strikethrough', 'del': 'strikethrough',
        'span': 'spoiler', 'tg-spoiler': 'spoiler', 'a': 'text_link', 'code': 'code', 'pre': 'pre',
        'blockquote': 'blockquote', 'tg-emoji': 'custom_emoji'}
_ESCAPES = {'lt': '<', 'gt': '>', 'amp': '&', 'quot': '"'}
_TAG = re.compile(r'<(/?)([a-zA-Z][a-zA-Z0-9-]*)((?:\s+[a-zA-Z-]+(?:\s*=\s*(?:"[^"]*"|\'[^\']*\'|'
                  r'[^\s>"\']+))?)*)\s*>')
_ATTRIBUTE = re.compile(r'([a-zA-Z-]+)(?:\s*=\s*(?:"([^"]*)"|\'([^\']*)\'|([^\s>"\']+)))?')
_ESCAPE = re.compile(r'&(?:#x([0-9a-fA-F]+)|#([0-9]+)|([a-z]+));')
_WORD = re.compile(r'(?P<mention>(?<!\w)@[A-Za-z][A-Za-z0-9_]{3,31})'
                   r'|(?P<bot_command>(?:(?<=\s)|^)/[A-Za-z0-9_]{1,32}(?:@[A-Za-z0-9_]+)?)'
                   r'|(?P<url>https?://[^\s<>]+)')


class MarkupError(Exception):
    """What the server says behind "can't parse entities: "."""


def units(text):
    """The length of text in UTF-16 code units."""
    return len(text.encode('utf-16-le')) // 2


def slice_units(text, offset, length):
    data = text.encode('utf-16-le')
    return data[2 * offset:2 * (offset + length)].decode('utf-16-le')


def unescape(text):
    """What stands for other characters; unknown names stay as they are."""
    def replace(match):
        in_hex, number, name = match.groups()
        if name is not None:
            return _ESCAPES.get(name, match[0])
        code = int(in_hex, 16) if in_hex else int(number)
        return chr(code) if 0 < code < 0x110000 and not 0xd800 <= code < 0xe000 else match[0]
    return _ESCAPE.sub(replace, text)


def _attributes(text):
    return {name.lower(): unescape(next((v for v in values if v), ''))
            for name, *values in _ATTRIBUTE.findall(text)}


def _offset(text, at):
    return len(text[:at].encode())


class _Open:
    def __init__(self, name, attributes, at):
        self.name = name
        self.attributes = attributes
        self.at = at  # in units of the plain text

    def entity(self, end):
        kind = TAGS[self.name]
        entity = {'type': kind, 'offset': self.at, 'length': end - self.at}
        if kind == 'text_link':
            entity['url'] = self.attributes.get('href', '')
        if kind == 'custom_emoji':
            entity['custom_emoji_id'] = self.attributes['emoji-id']
        if kind == 'blockquote' and 'expandable' in self.attributes:
            entity['type'] = 'expandable_blockquote'
        return entity


def parse_html(text):
    """(plain text, entities). MarkupError when a tag is unknown, not closed or closed by another."""
    plain, entities, stack, at = '', [], [], 0
    while at < len(text):
        bracket = text.find('<', at)
        if bracket < 0:
            plain += unescape(text[at:])
            break
        plain += unescape(text[at:bracket])
        match = _TAG.match(text, bracket)
        where = _offset(text, bracket)
        if match is None:
            raise MarkupError(f'Unsupported start tag "{_name_at(text, bracket)}" at byte offset {where}')
        closing, name, attributes = match[1], match[2].lower(), _attributes(match[3])
        if closing:
            _close(stack, name, where, plain, entities)
        else:
            _check_start(name, attributes, where)
            stack.append(_Open(name, attributes, units(plain)))
        at = match.end()
    if stack:
        raise MarkupError(f'Can\'t find end tag corresponding to start tag "{stack[-1].name}"')
    return _trim(plain, entities)


def _name_at(text, bracket):
    return re.match(r'[^\s>]*', text[bracket + 1:])[0]


def _check_start(name, attributes, where):
    is_known = name in TAGS and (name != 'span' or attributes.get('class') == 'tg-spoiler')
    if not is_known:
        raise MarkupError(f'Unsupported start tag "{name}" at byte offset {where}')
    if name == 'tg-emoji' and not attributes.get('emoji-id'):
        raise MarkupError(f'Custom emoji at byte offset {where} has no emoji-id')


def _close(stack, name, where, plain, entities):
    if not stack:
        raise MarkupError(f'Unexpected end tag at byte offset {where}')
    opened = stack.pop()
    if opened.name != name:
        raise MarkupError(f'Unmatched end tag at byte offset {where}, expected "</{opened.name}>", '
                          f'found "</{name}>"')
    end = units(plain)
    if opened.name == 'code' and stack and stack[-1].name == 'pre':
        language = opened.attributes.get('class', '')
        if language.startswith('language-'):
            stack[-1].attributes['language'] = language[len('language-'):]
        return
    if end > opened.at:
        entity = opened.entity(end)
        if opened.name == 'pre' and 'language' in opened.attributes:
            entity['language'] = opened.attributes['language']
        entities.append(entity)


def _trim(plain, entities):
    """Without blanks around it, as messages are kept."""
    lead = units(plain) - units(plain.lstrip())
    plain = plain.strip()
    size = units(plain)
    kept = []
    for entity in entities:
        start = max(0, entity['offset'] - lead)
        end = min(size, entity['offset'] - lead + entity['length'])
        if end > start:
            kept.append({**entity, 'offset': start, 'length': end - start})
    return plain, sorted(kept, key=lambda e: (e['offset'], -e['length']))


def find_entities(text):
    """What the server finds by itself in plain text: mentions, commands, addresses."""
    found = []
    for match in _WORD.finditer(text):
        found.append({'type': match.lastgroup, 'offset': units(text[:match.start()]),
                      'length': units(match[0])})
    return found
