"""What people write around an address: labels, callers, receivers, numbers that are no house's.

In: one line of text, folded by characters. Out: the same without it, and what was taken, masked. Called by
`gridgeo.locate.address.normalise`. The words are general knowledge of how Chinese parcels, forms and calls are worded.
"""

from __future__ import annotations

import re

__all__ = ["PRIVATE", "is_person", "is_phone", "masked", "take_private", "without_edges"]

_DATE = r"(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])"
_REGION = r"(?:1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[1-3])\d{4}"
"""The first two digits of GB/T 2260 and four more."""

_DEGREES = r"\.\d{3,}[°度]?"
_CLOCK = r"(?:[上中下]午|早上|晚上?|夜里|夜间|凌晨)?(?:\d{1,2}[时点:](?:\d{1,2}分?)?(?:[:]?\d{1,2}秒?)?)?(?:许|左右)?"

PRIVATE: tuple[tuple[str, re.Pattern[str]], ...] = (
    (
        "coordinate",
        re.compile(
            r"(?:(?:GPS|经纬度|坐标|定位)[:为是 ]*)?(?:东经|经度|E|LNG|LON)?[:= ]*"
            rf"(?<![0-9.])(?:7[3-9]|[89]\d|1[0-3]\d){_DEGREES}E?"
            rf"[,;/ ]*(?:北纬|纬度|N|LAT)?[:= ]*(?:[3-9]|[1-4]\d|5[0-4]){_DEGREES}N?"
        ),
    ),
    (
        "time",
        re.compile(
            rf"(?<!\d)(?:19|20)\d\d(?:年\d{{1,2}}月\d{{1,2}}[日号]|[-/.]\d{{1,2}}[-/.]\d{{1,2}}(?!\d)) ?{_CLOCK}"
        ),
    ),
    ("url", re.compile(r"(?:HTTPS?://|WWW\.)[!-~]+")),
    ("email", re.compile(r"[A-Z0-9._%+-]{1,64}@[A-Z0-9-]{1,64}(?:\.[A-Z0-9-]{1,64})+")),
    ("person_id", re.compile(rf"(?<![0-9A-Z]){_REGION}(?:1[89]|20)\d\d{_DATE}\d{{3}}[0-9X](?![0-9A-Z])")),
    ("person_id", re.compile(rf"(?<![0-9A-Z码格号:])(?<!^){_REGION}\d\d{_DATE}\d{{3}}(?![0-9A-Z])")),
    ("person_id", re.compile(rf"^{_REGION}\d\d{_DATE}\d{{3}}(?=[^0-9A-Z])")),
    ("uscc", re.compile(r"(?<![0-9A-Z])[1-9ANY][1-9]\d{6}[0-9A-HJ-NPQRTUWXY]{10}(?![0-9A-Z])")),
    ("phone", re.compile(r"(?<![0-9A-Z-])(?:\+?86[- ]?|0086[- ]?)?1[3-9]\d(?:[- ]?\d{4}){2}(?![0-9])")),
    ("phone", re.compile(r"(?<![0-9A-Z-])1[3-9]\d[- ]\d{3}[- ]\d{5}(?![0-9])|(?<![0-9A-Z-])1[3-9]\d\*{4}\d{4}")),
    ("phone", re.compile(r"(?<![0-9A-Z-])\(?0(?:10|2\d|[3-9]\d{2})\)?[- ]?[2-8]\d{6,7}(?:(?:-|转)\d{1,5})?(?![0-9])")),
    ("phone", re.compile(r"(?<![0-9A-Z-])[48]00[- ]?\d{3}[- ]?\d{4}(?![0-9])")),
    ("postcode", re.compile(r"邮(?:政)?编码?[:为是 ]*\d{6}(?!\d)|(?<=[省市县区])[0-8]\d{5}(?=[一-龥])")),
    (
        "postcode",
        re.compile(
            r"^[0-8]\d{5}(?=[ ,;]+[一-龥])"
            r"|(?<=[一-龥0-9A-Z])[ ,;]+[0-8]\d{5}(?=(?:[ ,;]*(?:中国|(?:P\.?R\.?)? ?CHINA))?[ ,;.]*$)"
        ),
    ),
    ("phone", re.compile(r"(?<=电话)[: ]*[2-8]\d{6,7}(?![0-9])")),
    ("number", re.compile(r"(?<=[编单册照证案]号)[: ]*[0-9A-Z-]*\d{8,}(?![0-9A-Z])")),
)
"""Kind → pattern, in the order in which they are looked for. Of citizen ids those of 15 digits count only beside other
text: a line of 15 digits alone, or after 编码 and 网格, is the code of a grid."""


def masked(kind: str, text: str) -> str:
    """Return a text that shows its kind but not what it is."""
    if kind == "email":
        return f"{text[:1]}***{text[text.index('@') :]}"
    if kind == "url":
        return "URL"
    digits = re.sub(r"[^0-9X]", "", text)
    return f"{digits[:3]}{'*' * (len(digits) - 5)}{digits[-2:]}"


def take_private(text: str) -> tuple[str, list[tuple[str, str]]]:
    """Return a text without telephone numbers, ids and addresses of the net, and these, masked; "|" stands for each."""
    taken: list[tuple[str, str]] = []
    for kind, pattern in PRIVATE if _MAY_BE_PRIVATE.search(text) else ():

        def take(match: re.Match[str], kind: str = kind) -> str:
            taken.append((kind, masked(kind, match[0])))
            return "|"

        text = pattern.sub(take, text)
    return text, taken


def is_phone(text: str) -> bool:
    """Tell whether a text is a telephone number and nothing else."""
    rest, taken = take_private(text)
    return rest == "|" and taken[0][0] == "phone"


_MAY_BE_PRIVATE = re.compile(r"[0-9](?:[- ()*转]*[0-9]){5}|@|//|WWW|\*{4}|\d\.\d{3}|\d[年/.-]\d{1,2}[月/.-]\d")

_SURNAMES = (
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范方石"
    "姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文庞樊兰殷施陶洪翟安颜倪严牛温芦季俞章鲁葛伍韦申尤毕聂丛"
    "焦向柳邢岳齐梅莫庄辛管祝左涂谷祁时舒耿牟卜路詹关苗凌费纪靳盛童欧甄项曲成游阳裴席卫查屈鲍位覃霍翁隋植甘景薄单包司柏宁柯阮桂闵"
)
_TITLES = "先生|女士|小姐|同志|老师|师傅|经理|老板|阿姨|大爷|大妈|大姐|大哥|太太|医生|主任|同学|某某?"
_TITLED = f"[{_SURNAMES}][一-龥]{{0,2}}?(?:{_TITLES})"
_NO_PERSON = "(?<![村庄镇乡县市区路街巷店楼院园苑城寨屯沟湾里局厂场口岗塘坊桥社头坡岭山河江湖家])"
"""Two or three characters that begin like a surname are a village far more often than a person: 赵庄村, 刘巷."""
_NAME = f"(?:{_TITLED}|[{_SURNAMES}][一-龥]{{1,2}}{_NO_PERSON})"
_LABEL = (
    "(?:(?:您|你)好|喂|麻烦|帮忙|请问|请|快递|包裹|外卖)?(?:请)?(?:"
    "(?:家庭|详细|收货|收件|收件人|送货|联系|通讯|通信|邮寄|寄件|现住|居住|户籍|户口|单位|公司|公司所在|办公|经营|注册"
    "|登记|常住|暂住|具体|事发|案发|报警|出警|事件|标准|服务|上门|安装)?"
    "(?:地址|地点|住址|住所|位置|所在地)(?:为|是|在|于)?"
    "|事发地|案发地|现场|地[点址]在|位于|坐落于?|座落于?|家住|家在|现住|住在|户籍地?|籍贯|工作单位|(?:经营|生产)(?:场所|住所)|住所地"
    "|我家?(?:现在|就|正|人)?(?:住在|住|在|是)|(?:我们|俺们?|咱们?)(?:家|这里|这儿|这边)?(?:住在|住|在|是)?|人在|现在在"
    "|本人住"
    "|(?:送|寄|发|派|放|给送|送货|寄送|配送|派送|投递|邮寄|送去|送餐|开|去|到|来)(?:到|往|至|去)"
    "|收货人|收件人|收|寄|TO|ADDRESS|ADD|ADDR"
    ")"
)
_SAID = "报警称|报称|称|反映|反应|说|投诉|举报|求助|表示|告知|诉|报警"
_CALLER = (
    "(?:(?:接到?|据)?(?:12345|110|119|120|热线|平台|报警人|报案人|来电人|来电者|反映人|投诉人|举报人|求助人|当事人|市民|居民"
    "|群众|业主|住户|村民|网友|事主|受害人|患者|家属)"
    f"[^0-9,|]{{0,12}}?(?:来电)?(?:{_SAID})|(?:接到?)?(?:报警|来电)(?:称|反映))[:,|]?"
    "(?:其|他|她|自己|本人)?(?:家)?(?:居住在|居住于|住在|住|在|位于|于)?"
)
_ASKS = (
    "(?:请|麻烦)?(?:(?:帮(?:我|忙)?|给我)查(?:一?下|询|找)?|查(?:一?下|询|找))|我?想?(?:要|请)?(?:问|咨询)(?:一?下)?"
    "|(?:请问)?(?:这里)?是(?:12345|110|119|120|(?:市长|政务|便民)?热线)[吗吧么]?"
    "|我?(?:要|想|来)(?:投诉|举报|反映|报警|报修|求助)(?:一?下|一?个?(?:事情?|问题))?[啊就是]*"
    "|我反映一?个?(?:事情?|问题)[啊就是]*|(?:诉求|反映|投诉|举报|事件|工单)(?:内容|事项|问题|描述|概述)?:|(?:12345)?转办:"
)
"""What somebody wants to know of an address."""
_FILLER = (
    "(?:您好|你好|喂|那个|现在|目前|大概|大约|好像|可能|应该)[,! ]*(?:就?[是在])?"
    "|就[是在]|我(?:们|这)?(?:边|里|儿)?(?:家)?(?:现在)?[是在]"
)
_PERSON = "收货人|收件人|联系人|姓名|户主|客户|业主|住户|报警人|经营者|负责人|法定代表人|法人"
_REGISTERED = (
    "统一社会信用代码|社会信用代码|信用代码|(?:工商)?注册号|(?:营业)?执照号?|许可证号"
    "|(?:工单|案件|事件|受理|订单)?(?:编号|单号)"
)
_NUMBER_OF = f"(?:联系|我的?)?(?:电话|手机号?码?|身份证号?码?|证件号|{_REGISTERED})(?:为|是|:)*"
_FRONT = re.compile(
    f"[|,;: -]*(?:(?:{_LABEL})[:;,|= -]+|(?:{_CALLER})[:;,| ]*|(?:{_LABEL})(?=[一-龥0-9A-Z])|{_NUMBER_OF}(?=\\|)"
    f"|(?:{_FILLER}|{_ASKS})(?=[一-龥0-9A-Z])"
    f"|(?:{_PERSON})[: ]*{_NAME}(?=[|,;: ])[|,;: ]*|{_NAME}[,;: ]*\\|[|,;: ]*|在(?=[一-龥]))"
)
_MIDDLE = re.compile(
    "(?:[^0-9]|[0-9]{1,3}岁){0,40}?(?:(?:地址|住址|住所|地点|位置)(?:是|为)?[: ]+|(?:住址|住所地)(?=[一-龥])"
    "|(?<=[,|])(?:现|家)?住(?:在|于|(?![房宅院建户民所城])))(?=[^0-9:]{2}.{2})"
)
"""What stands before the address and holds no number of it: 张三的地址:, 王某,男,汉族,住."""
_PLACES_FIRST = re.compile("来安|去年|到[一-龥]*[村镇路街]|收[一-龥]*[村镇路街]|位于[村镇]|我[一-龥]?[村镇路街]")
_LABEL_AFTER = (
    "(?:联系)?(?:电话|手机号?码?|座机|TEL|PHONE|手机|联系方式|联系人|收货人|收件人|身份证号?码?|邮编|QQ|微信号?|邮箱"
    f"|E?MAIL|网址|{_REGISTERED})"
)
_ASKED_FOR = (
    "(?:请)?(?:(?:到了?|去前|来前)?电联|电话联系|打电话|来电|致电|(?:到了?|去前|到后|来前|到时)?联系我?)|谢谢|多谢|麻烦了?|辛苦了?|尽快(?:送|处理|来)?|急|加急|速来|快来"
    "|(?:亲|签|转|代|本人|请)?(?:签收|代收|转交|亲收|查收)"
)
_BACK = re.compile(
    f"(?:[|,;:。 -]+|{_LABEL_AFTER}[:;,|是为 ]*(?:{_NAME})?|{_ASKED_FOR}"
    f"|(?<=[|,;: 室号楼元层0-9])(?:{_NAME})?[^0-9A-Z室号楼元层院栋幢村组店路街|,;: -]{{0,4}}收"
    f"|(?<=[|,;: ]){_TITLED}|(?<=[室号楼元层组0-9])的?[{_SURNAMES}][一-龥]{{0,2}}(?:{_TITLES})家?"
    "|(?<=[室号楼元层组0-9])的|[,|;。!](?:放|到了|不要|别|勿|请|快|麻烦|送|打电话|提前|工作日|周末|白天|晚上)[^0-9|]{0,30}"
    "|的?(?:网格员|网格长|网格|社区|居委会|物业|派出所)?的?(?:电话|联系方式|负责人)(?:是多少|多少|是谁)?"
    "|(?<=[|,;: ])(?:中国|CHINA)"
    "|(?:属于?|归|是)(?:哪个|哪一个|什么|谁)(?:社区|网格|街道|物业)?(?:管|负责|管理|的)?[啊呢吗的]?"
    "|(?:这里|这儿|这边|那里|那边|那儿))$"
)
_WHOLE_NAME = re.compile(_NAME)
_RECEIVER = re.compile(f"(?:^|[|,;: ]|(?<=[室号户楼元层组])){_NAME}[,;: ]*\\|[|,;: ]*$|\\|[,;: ]*{_NAME}$")
"""A person's name without a title counts only beside a telephone number."""
_HAPPENED = (
    "有人(?!民)|有一(?:个|名|辆|只)|有(?:辆|台|很多|大量|几个)|有个(?![一-龥]{2,12}(?:超市|[店房所园馆厅场院校站行社城厂铺楼])(?:$|[^一-龥]))|有名|发生了?"
    "|的?(?:住户|居民|业主|群众|村民|家属)?(?:反映|投诉|举报)"
    "|(?:夫妻|邻居|家庭|有?[两几多]个?人)(?:打架|吵架|斗殴|纠纷)|着火|起火|失火|冒烟|被盗|被打|被困|打架|斗殴|吵架|扰民|漏水|停水"
    "|停电|跳楼|溺水|晕倒|摔倒|受伤|报警|求助|求救"
    "|(?:需要|请求|要求|希望|请|麻烦)(?:派|出|前往|处理|救|帮|尽快|你们|送|联系|打|于|在|使用)"
)
_EVENT = re.compile(f"(?:这里|这边|这儿|处|附近|门口|对面|旁边|内|里|里面|楼下|楼上)?(?:{_HAPPENED}).{{0,60}}$")
_REMARK = re.compile("(?<=[0-9A-Z室号户楼层元组])[,;。!|:]+ *(?P<said>[^0-9A-Z,;。!|]{2,14})$")
_NAMES_PLACE = re.compile(
    "[路街巷道弄里省市区县镇乡村庄园苑城楼厦院店厂场馆站校桥门口旁侧内边角]|小区|公司|附近|对面|隔壁|中心|大学|银行|往|向"
)
"""What a remark behind an address does not have: 电梯坏了, 水管爆了."""
_PLEA = re.compile(
    "^(?:请|麻烦|帮忙|快|你们?|您)*(?:过?来|派)(?:人|个人|车)?(?:过来|来)?(?:看|处理|修)?一?下[,;。!: ]+"
)
_RENAMED = re.compile(
    "(?:(?<![一-龥])|(?<=[市区县镇乡道处社村]))(?:原名?|曾用名|旧称)[^,;|0-9]{1,8}[路街巷道村厂院里][,、 ]*"
    "(?:现(?!代|场|金)(?:名|称|改名?)?[为叫]?|今(?!生|世|日))(?=[一-龥]{2})"
)
"""What a road was called, before what it is called now."""
_COMPLAINT = re.compile("(?<=[0-9号室楼栋幢元层组])的(?=[^0-9]{4,60}$)(?=.{0,30}(?:了|没|不|一直|总是|老是|被)).*$")
"""What is wrong at an address, without a break: 12号的水管爆了."""
_EVENT_AFTER = 4
"""So many characters must stand before what happened: an address has them. Chosen."""


def is_person(text: str) -> bool:
    """Tell whether a text is the name of a person and nothing else; meant for what stands beside a telephone number.

    Examples
    --------
    >>> is_person("张三"), is_person("王女士"), is_person("鑫源超市")
    (True, True, False)
    """
    return _WHOLE_NAME.fullmatch(text) is not None


def without_edges(text: str) -> str:
    """Return a text without labels, callers and receivers before and after the address."""
    text = text[match.end() :] if (match := _MIDDLE.match(text)) else text
    for _ in range(6):  # labels follow each other; each turn takes one
        match = _FRONT.match(text)
        if not match or not match.end() or match.end() >= len(text) or _PLACES_FIRST.match(text):
            break
        text = text[match.end() :]
    text = _COMPLAINT.sub("", _RENAMED.sub("", _PLEA.sub("", text)))
    remark = _REMARK.search(text)
    if remark and remark.start() >= _EVENT_AFTER and not _NAMES_PLACE.search(remark["said"]):
        text = text[: remark.start()]
    event = _EVENT.search(text)
    if event and event.start() >= _EVENT_AFTER:
        text = text[: event.start()] + _relation(event[0])
    for _ in range(8):
        shorter = _BACK.sub("", _RECEIVER.sub("", text))
        if shorter in (text, ""):
            break
        text = shorter
    return text


def _relation(event: str) -> str:
    """Return the word of place with which the report of an event begins: it belongs to the address."""
    match = re.match("附近|门口|对面|旁边|楼下|楼上", event)
    return match[0] if match else ""
