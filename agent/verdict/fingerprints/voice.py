"""In whose voice a page speaks: a notice turns to its reader and speaks of this very page; news tells what others said.

Lists of words in the languages that notices of filters are written in. A word stands here when it parts the two.
"""

from __future__ import annotations

import re

#: Somebody said, wrote or announced it, or it is explained to those who meet it.
REPORTS = re.compile(
    r"\bsaid\b|\btold\b|\breported(?! to be)\b|\breports that\b|\bannounced\b|\bspokes(?:man|woman|person)|"
    r"\bofficials\b|\bresearchers\b|\bjournalists?\b|\bnewspaper\b|\baccording to (?:a |reports?|news|local|company)|"
    r"\b(?:users|visitors|customers|one|you|they|people) (?:will |now |may )?(?:see|sees|get|met|are shown)\b|"
    r"\bif you (?:see|get)\b|\bhow to (?:get (?:round|past)|bypass|unblock|open)\b|"
    r"\bis an? (?:program|filter|service|list|system)\b|"
    r"сообщает|сообщил|сообщается|заявил|пишет|пишут|по словам|пресс-служб|напомним|журналист|по данным|рассказал|"
    r"если вы видите|эксперт|считают|как обойти|что такое|рассказываем|ранее сайт|"
    r"повідомля|повідомил|заявив|за словами|пише видання|"
    r"menurut|mengatakan|\bujar\b|\bkata (?:menteri|dia|dirjen)|baca juga|adalah (?:program|halaman|laman)|\bapa itu\b|"
    r"açıkladı|\bdedi\b|\bhaberin?\b|belirtti|hakkında bilgi|"
    r"قال (?:متحدث|مسؤول)|أعلنت?|صرح|أفادت?|گفت|اعلام کرد|به گزارش|گزارش داد|"
    r"scrive|ha detto|ha dichiarato|giornale|secondo (?:il|la|quanto)|"
    r"\bselon\b|a déclaré|\bsegún\b|\binformó\b|\bdijo\b|\bafirmou\b|\bsegundo o\b|berichtet|teilte mit|\bsagte\b|"
    r"밝혔다|보도|전했다|报道|表示，|据悉|记者|報じ|cho biết|กล่าวว่า|រายการណ៍"
)
#: The page speaks of itself, or to whoever opened it.
TURNS_TO_READER = re.compile(
    r"\bthis (?:\w+ )?(?:site|web ?site|web ?page|page|url|domain|link|location|content|resource|gambling)\b|"
    r"\bthat website\b|access restricted based on|\byou(?:r|'ve)?\b|\bdear\b|\bsorry\b|\brequested\b|\bthe location\b|"
    r"данн(?:ый|ого|ому|ой|ая|ом)\b|запрашиваем|запрошенн|искомый|уважаем|извинени|\bвы\b|\bвами\b|\bвам\b|\bваш|"
    r"эт(?:ой|ому|от|а) (?:страниц|сайт|ресурс)|к информационному\s+ресурсу|"
    r"(?:доступ )?к (?:сайту|ресурсу|странице|интернет-ресурсу) (?:был )?(?:ограничен|заблокирован|закрыт|запрещен)|"
    r"(?:интернет[ -])?(?:ресурс|сайт|домен|страница)(?: \S+){0,3} заблокирован|доступ ограничен|"
    r"цей ресурс|даного|даний|шановн|запрошуван|\bви\b|вами|"
    r"\banda\b|\bmaaf\b|situs ini|laman ini|halaman ini|website ini|\bkami\b|jaringan ini|situs tersebut|"
    r"\bbu (?:site|sayfa|internet|web|alan)|değerli|sayın|adresin|sitesin|siteye|erişime engellenmiştir|"
    r"عزيزي|عذرا|عفوا|هذا الموقع|هذه الصفحة|الموقع المطلوب|کاربر گرامی|این سایت|"
    r"(?:presente|questo) sito|sito (?:web )?(?:richiesto|non raggiungibile|oscurato|sottoposto)|al sito richiesto|"
    r"ce site|cette page|vous|este (?:sitio|site)|esta (?:página|pagina)|usted|dumneavoastră|acest site|"
    r"diese (?:seite|webseite|website)|\bsie\b|denne side|siden|hjemmeside|sidan du|dette nettsted|þessu vefsvæði|"
    r"deze (?:site|pagina)|\bu wordt\b|táto stránka|k webovému sídlu|вас|този сайт|ovom sajtu|igrama na sreću|"
    r"이 사이트|귀하|접속하|해당 사이트|유해정보|เว็บไซต์นี้|ขออภัย|您|该网|该域名|温馨提示|laman sesawang ini|तपाईँ|လူကြီးမင်း"
)
#: Characters that a page shows at the most to be one of few words, that turns to nobody.
FEW_WORDS = 200
