"""Whether a page that is on no list says of itself that an order keeps its visitor out: a sign, and never a proof.

It takes a short page whose heading says that something is blocked, and whose text names who ordered it. Pages by which
a server itself turns visitors away, for where they come from or what they did, say so in other words.
"""

from __future__ import annotations

import re

from agent.verdict.fingerprints.reading import Reading

#: What the fingerprint column says of such a page. It is in no list of known pages, and names no mechanism.
UNKNOWN = "unknown_page_of_an_order"
#: Characters of text in which a notice says all it has to say.
_SAID_IN = 1_500
#: Characters within which it must say that something is blocked, the title apart.
_HEADING = 240
_BLOCKED = (
    r"\bblocked\b|\bblock page\b|access (?:to this|denied|restricted|prohibited)|not accessible|has been disabled|"
    r"заблок|огранич|запрещ|доступ закрыт|обмежен|diblokir|di blokir|tidak dapat diakses|dilarang|engellen|"
    r"محجوب|محظور|حجب|تم حظر|مسدود|فیلتر|gesperrt|bloqu[ée]|bloquead|bloccat|inibit|zablokowan|blokov|"
    r"restricționat|blockerad|blokeret|ถูกระงับ|ปิดกั้น|차단|封锁|(?<!将被)屏蔽|被阻断|禁止访问|bị chặn|αποκλεισ|блокиран"
)
#: What is blocked: one site or page, and not an account, a payment or the line.
_OBJECT = (
    r"\b(?:site|web ?site|web ?page|page|url|domain|resource)\b|сайт(?!ы|ов)|ресурс|страниц|домен|\bsitus\b|\blaman\b|"
    r"\bsite(?:ye|si|sine)?\b|\bsayfa|الموقع|الصفحة|سایت|\bsito\b|\bsitio\b|página|pagina|\b(?:web)?seite\b|"
    r"\bstron[ay]\b|\bstránk|\bhjemmeside|\bsiden\b|\bsidan\b|เว็บไซต์|사이트|网站|网页|域名|ιστοσελίδ|trang"
)
_OBJECT_BLOCKED = re.compile(f"(?:{_OBJECT})[^.!?]{{0,40}}(?:{_BLOCKED})|(?:{_BLOCKED})[^.!?]{{0,40}}(?:{_OBJECT})")
_ORDERED = re.compile(
    r"by order of|court order|order of the|high court|federal court|ministry of|department of telecom|"
    r"telecommunications? (?:regulat|authority)|regulatory authority|competent authorit|national law|by law of|"
    r"government of|authorities of|in accordance with the law|laws? of the (?:republic|kingdom)|"
    r"роскомнадзор|решени[юя] суда|законодательств|\d-фз\b|единый реестр|органов государственной|министерств|"
    r"указу президента|kominfo|undang-undang|peraturan|sayılı|mahkeme|kararı|btk\b|"
    r"هيئة|وزارة|القانون|بقرار|قوه قضاییه|کارگروه|gerichtlich|beschluss|tribunal|décision de justice|autorit[àé]|"
    r"juzgado|orden judicial|ministerio|ordem judicial|sądu|ministerstw|soudu|instanței|oficiul|"
    r"กระทรวง|คำสั่งศาล|방송통신|위원회|工信部|公安部|相关法律"
)
#: What somebody else says.
_QUOTED = re.compile(r"\"[^\"]{0,400}\"")
#: A server, or a site, speaks for itself: of the visitor's country, of its own rules, of attacks.
_OWN_RULES = re.compile(
    r"\bgdpr\b|european economic area|sanction|export control|\bofac\b|your (?:country|region|location|jurisdiction)|"
    r"terms of (?:service|use)|our (?:service|website|content|terms|policy)|captcha|ray id|cloudflare|akamai|incapsula|"
    r"security (?:service|check|policy)|malicious|log ?in|sign in|password|firewall|administrator|account|suspended|"
    r"вашей стран|вашем регион"
)


def speaks_of_an_order(page: Reading) -> bool:
    """Whether a page's heading says blocked, and its text by whose order, and it speaks for no server of its own."""
    if not 0 < len(page.text) <= _SAID_IN:
        return False
    said = _QUOTED.sub(" ", page.text)
    if not _OBJECT_BLOCKED.search(f"{page.title}. {said[:_HEADING]}") or not _ORDERED.search(said):
        return False
    return page.is_notice and not _OWN_RULES.search(page.text)
